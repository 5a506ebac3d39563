import type { FollowedNetwork, FollowerStore } from '@holdfast/verifier';

/** The network as this verifier follows it now, and the log it has kept of it, for replay. */
export type VerifierFeed = { readonly follower: FollowedNetwork; readonly store: Pick<FollowerStore, 'readEntries'> };
