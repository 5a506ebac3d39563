import type { NetworkView, Rulebook } from '@holdfast/core';
import {
  createVerifier,
  type FollowedNetwork,
  type Policy,
  type Verifier,
  type VerifierOptions,
} from '@holdfast/verifier';
import type { LaterRules } from './rejudging.ts';

export type LaterRulesPorts = Pick<VerifierOptions, 'followers' | 'engine' | 'clock'> & {
  readonly follower: FollowedNetwork;
  readonly policy: () => Policy;
};

/** Makes the library by other rules: the network as it is, its rulebook another. */
export function createLaterRules({ follower, policy, ...ports }: LaterRulesPorts): (rules: LaterRules) => Verifier {
  return (rules) => {
    const judgedBy = rules.rulebook === undefined ? follower : withRulebook(follower, rules.rulebook);
    return createVerifier({ ...ports, follower: judgedBy, policy: rules.policy ?? policy() });
  };
}

function withRulebook(follower: FollowedNetwork, body: Rulebook): FollowedNetwork {
  let known: { readonly of: NetworkView; readonly view: NetworkView } | undefined;
  return {
    view: () => {
      const of = follower.view();
      if (of === undefined) return undefined;
      if (known?.of !== of) known = { of, view: { ...of, rulebook: { index: of.rulebook?.index ?? 0, body } } };
      return known.view;
    },
    get contradiction() {
      return follower.contradiction;
    },
    now: () => follower.now(),
    awaitSize: (size, signal) => follower.awaitSize(size, signal),
  };
}
