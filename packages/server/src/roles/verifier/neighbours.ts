import type { FollowedNetwork, PastLog } from '@holdfast/verifier';

/** The network as this verifier follows it now, and as it was: for replay, and for verdicts at a position. */
export type VerifierFeed = { readonly follower: FollowedNetwork; readonly past: PastLog };
