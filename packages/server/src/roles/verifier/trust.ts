import { CodedError, type TrustMatrix, trustMatrix } from '@holdfast/core';
import type { LivePolicy } from './live-policy.ts';
import type { VerifierFeed } from './neighbours.ts';

/** Whom one verifier accepts, as far as it has read. Throws `trust.not-ready`. */
export function readTrust(options: {
  readonly config: { readonly id: string };
  readonly feed?: VerifierFeed;
  readonly others?: ReadonlyMap<string, VerifierFeed>;
  readonly live?: LivePolicy;
  readonly now: number;
}): TrustMatrix {
  const home = options.feed?.follower.view();
  if (home === undefined) throw new CodedError('trust.not-ready', 'This verifier has read nothing of its network yet.');
  const others = [...(options.others?.values() ?? [])].flatMap(({ follower }) => follower.view() ?? []);
  const { profile, issuers } = options.live?.current().policy ?? {};
  const verifier = {
    id: options.config.id,
    ...(profile === undefined ? {} : { profile }),
    ...(issuers === undefined ? {} : { issuerTerms: issuers }),
  };
  return trustMatrix({ home, others, verifiers: [verifier], now: options.now });
}
