import { assertRevealable, type BeaconTerms, CodedError, commitRevealState, type Reveal, seedOf } from '@holdfast/core';
import type { Beacon, BeaconQuestion } from '../../ports/beacon.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RevealStore } from '../../ports/reveal-store.ts';

type CommitReveal = Extract<BeaconTerms, { kind: 'commit-reveal' }>;

/** A beacon to which the parties that a program names bring their secrets. */
export type CommitRevealBeacon = Beacon & {
  /**
   * Takes one party's secret for one round; what proves whose it is, is its digest in the program. `seal` is undefined
   * before an epoch has committed to it. Idempotent. Throws `beacon.early`, `beacon.late`, `beacon.secret`, `beacon.kind`.
   */
  readonly reveal: (
    question: Pick<BeaconQuestion, 'terms'> & Partial<Pick<BeaconQuestion, 'seal'>> & { readonly program: string },
    reveal: Omit<Reveal, 'at'>,
  ) => Promise<void>;
  /** What is revealed so far, for all to see: a party checks it before giving away the secret of a later round. */
  readonly reveals: (program: string) => Promise<readonly Reveal[]>;
};

export function createCommitRevealBeacon(ports: {
  readonly store: RevealStore;
  readonly clock: Pick<Clock, 'now'>;
}): CommitRevealBeacon {
  const { store, clock } = ports;
  return {
    async read({ terms, seal }) {
      const named = assertKind(terms);
      const state = commitRevealState(named, seal, await store.read(seal.program), clock.now());
      if (state.state === 'drawn') return { ...state, seed: seedOf(seal, state.evidence) };
      return state.state === 'waiting' ? { state: 'waiting', until: state.until, missing: state.missing } : state;
    },
    async reveal({ terms, seal, program }, reveal) {
      const known = await store.read(program);
      const isKnown = known.some(
        ({ party, round, secret }) => party === reveal.party && round === reveal.round && secret === reveal.secret,
      );
      if (isKnown) return;
      const received = { ...reveal, at: clock.now() };
      assertRevealable(assertKind(terms), seal, known, received);
      await store.add(program, received);
    },
    reveals: (program) => store.read(program),
  };
}

function assertKind(terms: BeaconTerms): CommitReveal {
  if (terms.kind === 'commit-reveal') return terms;
  throw new CodedError('beacon.kind', 'This beacon is of secrets that parties reveal.', { kind: terms.kind });
}
