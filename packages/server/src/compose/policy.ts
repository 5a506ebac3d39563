import { canonicalJson } from '@holdfast/core';
import {
  type CheckConfig,
  type CheckResultStore,
  createCanary,
  createCheckLanes,
  createGuardedFetch,
  createHttpCheck,
  createVerifier,
  type ExternalCheck,
  type ForeignSources,
  type Policy,
  type VerifierOptions,
} from '@holdfast/verifier';
import { createNodeSources, createNodeTransport, nodeLookup } from '@holdfast/verifier/node';
import type { PolicyStore } from '../ports/policy-store.ts';
import { createLivePolicy, type LivePolicy } from '../roles/verifier/live-policy.ts';
import type { Reviews } from '../roles/verifier/reviews.ts';
import type { Platform } from './platform.ts';
import { signalsOf } from './seeing.ts';

export type PolicyPlace = Pick<VerifierOptions, 'follower' | 'followers' | 'past' | 'pastOf'> & {
  readonly id: string;
  /** Credentials and checks may name addresses on this machine only where nobody beyond it is served. */
  readonly allowLoopback: boolean;
  readonly store: PolicyStore;
  readonly reviews: Pick<Reviews, 'checkFor'>;
  readonly stored: CheckResultStore;
  readonly onSettled: (check: string, credential: string) => void;
};

/** A verifier's policy that can be changed while it runs, the library under it, and whoever its checks ask. */
export async function composePolicy(
  platform: Platform,
  { id, allowLoopback, store, reviews, stored, onSettled, ...network }: PolicyPlace,
): Promise<LivePolicy> {
  const { clock, engine, entropy } = platform;
  const configured: Policy = { id, anchors: [], trustedIssuers: [], allowLoopback };
  const lanes = createCheckLanes({
    ...{ clock, engine, entropy: (length) => entropy.bytes(length) },
    ...{ createCheck, onSettled, stored },
  });
  const canary = createCanary({
    tell: ({ fault }) => {
      if (fault !== undefined) signalsOf(platform).canaryFailed({ verifier: id, fault });
    },
  });
  // The copies of strangers' documents stay while the policy trusts the same ones.
  let sources: { readonly trust: string; readonly foreign: ForeignSources } | undefined;

  async function sourcesFor(policy: Policy): Promise<ForeignSources> {
    const { anchors, trustedIssuers, allowLoopback } = policy;
    const trust = canonicalJson({ anchors, trustedIssuers, allowLoopback });
    if (sources?.trust !== trust) sources = { trust, foreign: await createNodeSources({ policy, engine }) };
    return sources.foreign;
  }

  function createCheck(config: CheckConfig, { allowLoopback }: Pick<Policy, 'allowLoopback'>): ExternalCheck {
    const { kind, url = '', key } = config;
    if (kind === 'review') return reviews.checkFor(config);
    const fetch = createGuardedFetch({
      ...{ transport: createNodeTransport(), lookup: nodeLookup, totalMs: 60_000, allowLoopback },
    });
    if (kind === 'http') return createHttpCheck({ url, fetch, engine, ...(key === undefined ? {} : { key }) });
    // Nobody is asked: only what is handed along counts.
    return { source: id, ask: () => Promise.reject(new Error('this check asks nobody')) };
  }

  return createLivePolicy({
    ...{ store, clock, lanes, configured },
    build: async (policy) => {
      const foreign = await sourcesFor(policy);
      return createVerifier({ ...network, engine, foreign, policy, clock, canary, checks: lanes.desk(policy) });
    },
  });
}
