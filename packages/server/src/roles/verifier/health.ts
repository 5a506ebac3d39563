import { asOfNetwork, DEFAULT_FRESHNESS, type Freshness } from '@holdfast/core';
import type { FollowedNetwork } from '@holdfast/verifier';

/** How well a verifier knows its network, for the page and for operators; verdicts state their own freshness. */
export type FeedHealth = {
  /** `alone`: it follows no network; `starting`: it has read nothing yet; `stopped`: the feed contradicts itself. */
  readonly state: 'alone' | 'starting' | 'stopped' | Freshness;
  readonly ageMs?: number;
  /** Code of the contradiction. */
  readonly why?: string;
};

export function healthOf(follower: FollowedNetwork | undefined, now: number): FeedHealth {
  if (follower === undefined) return { state: 'alone' };
  const view = follower.view();
  if (follower.contradiction !== undefined) return { state: 'stopped', why: follower.contradiction };
  if (view === undefined) return { state: 'starting' };
  const rule = (view.rulebook?.body.freshness ?? DEFAULT_FRESHNESS).network.view;
  const ageMs = Math.max(0, now - asOfNetwork(view));
  if (ageMs <= rule.liveMs) return { state: 'live', ageMs };
  if (ageMs <= rule.recentMs) return { state: 'recent', ageMs };
  return { state: ageMs <= rule.staleMs ? 'stale' : 'cut-off', ageMs };
}
