import type { Rulebook } from './rulebook.ts';

/** How long a revocation for this class of reason may take from its receipt, in milliseconds; undefined where nothing is promised. */
export function deadlineOf({ cases }: Rulebook, reasonClass: string): number | undefined {
  return cases?.reasons.find((reason) => reason.class === reasonClass)?.deadlineMs;
}
