import { CodedError, commitRevealState, seedOf } from '@holdfast/core';
import type { Beacon } from '../../ports/beacon.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * The secrets of all parties in one memory, for rehearsal and tests: each reveals `afterMs` after the seal's epoch. Chance
 * that one house holds protects against nobody in it.
 */
export function createBeaconMemory(options: {
  readonly clock: Clock;
  readonly secretOf: (party: string, round: number) => string;
  readonly afterMs: number;
}): Beacon {
  const { clock, secretOf, afterMs } = options;
  return {
    async read({ terms, seal }) {
      if (terms.kind !== 'commit-reveal') {
        throw new CodedError('beacon.kind', 'This beacon is of secrets that parties reveal.', { kind: terms.kind });
      }
      const at = seal.sealedAt + afterMs;
      const reveals = terms.parties.map(({ id }) => ({ party: id, round: 0, secret: secretOf(id, 0), at }));
      const state = commitRevealState(terms, seal, clock.now() < at ? [] : reveals, clock.now());
      return state.state === 'drawn' ? { ...state, seed: seedOf(seal, state.evidence) } : state;
    },
  };
}
