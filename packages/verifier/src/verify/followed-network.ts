import type { Follower } from '../follow/follower.ts';

/** The part of a follower that verification needs. */
export type FollowedNetwork = Pick<Follower, 'view' | 'contradiction' | 'now' | 'awaitSize'> &
  Partial<Pick<Follower, 'isElsewhere'>>;
