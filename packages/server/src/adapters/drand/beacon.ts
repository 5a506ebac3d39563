import {
  type BeaconTerms,
  CodedError,
  drandRoundOf,
  drandRoundTime,
  isCodedError,
  isJsonObject,
  parseJson,
  parseUtf8,
  seedOf,
} from '@holdfast/core';
import { verifyDrand } from '@holdfast/core/program';
import { createHttpOrigin, type HttpOrigin } from '@holdfast/verifier';
import type { Beacon } from '../../ports/beacon.ts';
import type { Clock } from '../../ports/clock.ts';

export type DrandOptions = {
  /** Relays, such as https://api.drand.sh: asked in this order until one answers what drand has signed. */
  readonly urls: readonly string[];
  readonly clock: Clock;
  /** For one relay's answer. */
  readonly timeoutMs?: number;
};

type Drand = Extract<BeaconTerms, { kind: 'drand' }>;

const MAX_RELAYS = 8;
const MAX_ANSWER_BYTES = 4096;
const never = new AbortController().signal;

/**
 * drand over HTTP (`/{chain}/public/{round}`), from relays that whoever runs this named and no others. A relay is not
 * believed: its answer counts when it is the signature of the round under the key that the program names. Throws
 * `beacon.unreachable` when no relay gives one, with what each said; more than 8 relays are not asked.
 */
export function createDrandBeacon({ urls, clock, timeoutMs = 5000 }: DrandOptions): Beacon {
  const relays = urls.slice(0, MAX_RELAYS).map((url) => createHttpOrigin({ url, clock, timeoutMs, codes: /^$/ }));
  return {
    async read({ terms, seal }, signal = never) {
      if (terms.kind !== 'drand') {
        throw new CodedError('beacon.kind', 'This beacon is drand.', { kind: terms.kind });
      }
      const round = drandRoundOf(terms, seal);
      const until = drandRoundTime(terms, round);
      if (clock.now() < until) return { state: 'waiting', until };
      const said: string[] = [];
      for (const relay of relays) {
        const answer = await ask(relay, terms, round, signal);
        if (answer.ok) {
          const evidence = { kind: 'drand', round, signature: answer.signature } as const;
          return { state: 'drawn', evidence, seed: seedOf(seal, evidence) };
        }
        said.push(answer.why);
      }
      throw new CodedError('beacon.unreachable', `No relay gives round ${round} of drand.`, { round, said });
    },
  };
}

type Answer = { readonly ok: true; readonly signature: string } | { readonly ok: false; readonly why: string };

async function ask(relay: HttpOrigin, terms: Drand, round: number, signal: AbortSignal): Promise<Answer> {
  try {
    const path = `/${terms.chain}/public/${round}`;
    const bytes = await relay.ask(path, { maxBytes: MAX_ANSWER_BYTES }, signal);
    const answer = parseJson(parseUtf8(bytes), { maxLength: MAX_ANSWER_BYTES, maxDepth: 4 });
    const signature = isJsonObject(answer) ? answer.signature : undefined;
    if (typeof signature !== 'string' || !verifyDrand(terms.publicKey, round, signature)) {
      return { ok: false, why: 'not signed by drand' };
    }
    return { ok: true, signature };
  } catch (error) {
    signal.throwIfAborted();
    if (!isCodedError(error)) throw error;
    return { ok: false, why: error.code };
  }
}
