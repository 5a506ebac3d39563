import {
  type CheckConfig,
  createCheckLanes,
  createVerifier,
  EMPTY_POLICY,
  type ExternalCheck,
} from '@holdfast/verifier';
import type { PolicyStore } from '../src/ports/policy-store.ts';
import { createLivePolicy, type LivePolicy } from '../src/roles/verifier/live-policy.ts';
import type { VerifierWorld } from './verifier-world.ts';

export type LiveOptions = {
  readonly store: PolicyStore;
  readonly createCheck: (config: CheckConfig) => ExternalCheck;
  readonly onSettled?: (check: string, credential: string) => void;
};

/** A verifier over the world's network whose policy can be changed, with checkers of the test's own. */
export function createWorldPolicy(world: VerifierWorld, options: LiveOptions): Promise<LivePolicy> {
  const { clock, engine, follower } = world;
  const lanes = createCheckLanes({ clock, engine, entropy: (length) => new Uint8Array(length), ...options });
  return createLivePolicy({
    ...{ store: options.store, clock, lanes, configured: EMPTY_POLICY },
    build: async (policy) => createVerifier({ follower, engine, policy, clock, checks: lanes.desk(policy) }),
  });
}
