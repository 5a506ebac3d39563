import type { BeaconEvidence, BeaconTerms, SealedLists } from '@holdfast/core';

export type BeaconQuestion = { readonly terms: BeaconTerms; readonly seal: SealedLists };

export type BeaconAnswer =
  /** What the draw carries, and the seed that anybody makes of it. */
  | { readonly state: 'drawn'; readonly evidence: BeaconEvidence; readonly seed: string }
  /** Not before `until`, unix milliseconds; `missing`: the parties that it waits for. */
  | { readonly state: 'waiting'; readonly until: number; readonly missing?: readonly string[] }
  /** There will be none: the program says what happens then. `missing`: who kept silent in the last round. */
  | { readonly state: 'exhausted'; readonly missing: readonly string[] };

/**
 * Chance that a program named before anybody applied.
 *
 * Durability: what was drawn once for a seal is what is drawn, whoever asks and after any restart. Consistency: `drawn` and
 * `exhausted` never change; `waiting` may come before either. An answer is proved: `judgeBeacon` makes the same seed of its
 * evidence. Before the seal's own time, and before chance is out, it is `waiting`: nothing about the seed is known to anybody.
 * Idempotency: asking changes nothing. Concurrency: any. Retries: the caller, not before `until`, and after
 * `beacon.unreachable`; `beacon.kind` is final: the program names another kind.
 */
export interface Beacon {
  read(question: BeaconQuestion, signal?: AbortSignal): Promise<BeaconAnswer>;
}
