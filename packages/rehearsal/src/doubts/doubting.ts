import { CodedError } from '@holdfast/core';
import type { GivenVerdict, Verification } from '@holdfast/server/roles';
import type { Sent } from '../money/money.ts';
import { ABROAD } from './doubt-rules.ts';

/** What really is so of somebody whom a verifier doubts: whether it ever clears up, and when; unix milliseconds. */
export type Doubt = { readonly clearsAt: number | undefined };

/** A verifier that can neither confirm nor refuse one in three people, some for a while, and is silent about a few of them. */
export class Doubting {
  readonly #sent: readonly Sent[];
  readonly #now: () => number;
  /** By the id of a verdict: whose it is. */
  readonly #verdicts = new Map<string, Sent>();

  constructor(sent: readonly Sent[], now: () => number) {
    this.#sent = sent;
    this.#now = now;
  }

  of({ holder, program }: Sent): Doubt | undefined {
    if (holder.index % 3 !== 1 || program.id === ABROAD) return undefined;
    return { clearsAt: holder.index % 2 === 0 ? program.window.closesAt + 140_000 : undefined };
  }

  isDoubted(sent: Sent): boolean {
    const doubt = this.of(sent);
    return doubt !== undefined && (doubt.clearsAt === undefined || this.#now() < doubt.clearsAt);
  }

  told(verification: Verification): Verification {
    return {
      ...verification,
      verify: async (question) => {
        const given = await verification.verify(question);
        const sent = this.#sent.find(({ presentation }) => presentation === question.presentation);
        if (sent !== undefined) this.#verdicts.set(given.id, sent);
        return this.#said(given, sent);
      },
      confirm: async (id, atLeast) => {
        const sent = this.#verdicts.get(id);
        // Silence is doubt too.
        if (sent !== undefined && this.isDoubted(sent) && sent.holder.index % 4 === 3) throw silent();
        return this.#said(await verification.confirm(id, atLeast), sent);
      },
    };
  }

  #said(given: GivenVerdict, sent: Sent | undefined): GivenVerdict {
    if (sent === undefined || given.verdict.outcome !== 'valid' || !this.isDoubted(sent)) return given;
    return { ...given, verdict: { ...given.verdict, outcome: 'unknown' } };
  }
}

function silent(): CodedError {
  return new CodedError('verifier.unreachable', 'The verifier does not answer.');
}
