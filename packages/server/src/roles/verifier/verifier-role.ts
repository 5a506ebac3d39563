import {
  assert,
  CodedError,
  type DecidingEntry,
  type Position,
  type ReplayBundle,
  thumbprint,
  type VerdictRequest,
} from '@holdfast/core';
import type { Verifier } from '@holdfast/verifier';
import type { PresentationStore } from '../../ports/presentation-store.ts';
import type { VerdictFilter } from '../../ports/verdict-store.ts';
import { assertVerifierConfig, boundsOf } from './config.ts';
import { type FeedHealth, healthOf } from './health.ts';
import type { VerifierFeed } from './neighbours.ts';
import { createPastNetwork } from './past-network.ts';
import { createPresentations, type Presentations } from './presentations.ts';
import type { Question, SignedVerdict } from './question.ts';
import { createSweeps, type Swept } from './sweeps.ts';
import { createVerdictBook, type KeptVerdict, type VerdictBookOptions } from './verdict-book.ts';

export type VerifierDescription = {
  readonly id: string;
  readonly name: string;
  readonly party: string;
  /** Thumbprint of the key that signs its verdicts. */
  readonly key: string;
  readonly position: Position | null;
  readonly health: FeedHealth;
};

export interface VerifierRole {
  readonly id: string;
  readonly name: string;
  describe(): VerifierDescription;
  /**
   * Judges, signs, keeps, answers, in this order: a verdict that was answered is kept. Throws `verify.overloaded`, or
   * what signer and store throw; then no verdict was given.
   */
  verify(question: Question): Promise<SignedVerdict>;
  /** Throws `verdict.not-found`. */
  verdict(id: string): Promise<KeptVerdict>;
  latest(filter: VerdictFilter): Promise<readonly KeptVerdict[]>;
  /** Throws `verdict.not-found`, `verdict.erased`, `verdict.log-lost`, `verdict.unreadable`. */
  replayBundle(id: string): Promise<ReplayBundle>;
  /**
   * The entry of the log that had given the credential its status where this verdict stood, and who decided it; undefined
   * when none had. Throws as `replayBundle`.
   */
  deciding(id: string): Promise<DecidingEntry | undefined>;
  readonly presentations: Presentations;
  /** Erases what is due once; see `VerifierBounds`. */
  sweep(): Promise<Swept>;
  /** Erases what is due, again and again, until the signal aborts. */
  runSweeps(signal: AbortSignal): Promise<void>;
}

export type VerifierRoleOptions = VerdictBookOptions & {
  readonly presentations: PresentationStore;
  /** The library, over the same follower. */
  readonly verifier: Verifier;
  readonly feed?: VerifierFeed;
};

/** One verifier: the library that judges, and what makes its answers last: signature, record, replay, retention. */
export function createVerifierRole(options: VerifierRoleOptions): VerifierRole {
  const { config, clock, store, verifier, feed } = options;
  assertVerifierConfig(config);
  const { id, name, keys, party = id } = config;
  const bounds = boundsOf(config);
  const book = createVerdictBook(options);
  const past = feed === undefined ? undefined : createPastNetwork(feed.past);
  let underWay = 0;

  async function verify(question: Question): Promise<SignedVerdict> {
    if (underWay >= bounds.maxUnderWay) {
      throw new CodedError('verify.overloaded', 'Too many verifications are under way; try again.');
    }
    // Under load nobody waits for others any more: an answer from what is here, now, beats a better one too late.
    const deadlineMs = underWay >= bounds.maxWaiting ? 0 : question.deadlineMs;
    underWay += 1;
    try {
      const text = textOf(question);
      const verified = await verifier.verify(text, requestOf(question), {
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(question.seen === undefined ? {} : { seen: question.seen }),
        ...(question.mayRefold === undefined ? {} : { mayRefold: question.mayRefold }),
      });
      return await book.write(text, verified);
    } finally {
      underWay -= 1;
    }
  }

  return {
    id,
    name,
    describe() {
      const position = feed?.follower.view()?.position ?? null;
      const health = healthOf(feed?.follower, clock.now());
      return { id, name, party, key: thumbprint(keys.verdict.key), position, health };
    },
    verify,
    verdict: book.read,
    latest: book.readLatest,
    async replayBundle(verdictId) {
      const { signed, kept, position, status } = await book.open(verdictId);
      const network = position === undefined ? undefined : await past?.prove(position, status?.uri);
      return { v: 1, signed, ...kept, ...(network === undefined ? {} : { network }) };
    },
    async deciding(verdictId) {
      const { position, status } = await book.open(verdictId);
      if (position === undefined || status === undefined) return undefined;
      return past?.decide(position, status);
    },
    presentations: createPresentations({ ...options, bounds, verify }),
    ...createSweeps({ clock, store, presentations: options.presentations, bounds }),
  };
}

function textOf({ credential, presentation }: Question): string {
  assert((credential === undefined) !== (presentation === undefined), 'a question is about one text');
  return credential ?? presentation ?? '';
}

function requestOf({ nonce, audience, query, want }: Question): VerdictRequest {
  const { class: action = 'view', freshness = { mode: 'any' }, amount } = want ?? {};
  return {
    class: action,
    freshness,
    ...(amount === undefined ? {} : { amount }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
    ...(query === undefined ? {} : { query }),
  };
}
