import { z } from 'zod';
import { deadlineOf } from '../rulebook/deadlines.ts';
import type { DecisionRecord, NetworkState } from './state.ts';
import type { StatusChange } from './statement.ts';

const count = z.int().min(0);

/** Kept for each issuer; of more the oldest are forgotten, so that a policy can count back as far as these go. */
export const MAX_LATE_REVOCATIONS = 64;

export const lateRevocationsSchema = z.array(z.object({ entry: count, at: count, count })).max(MAX_LATE_REVOCATIONS);

/**
 * Notes which issuers' revocations were late. What a statement carries out together is not said apart, so this counts what
 * is certain: of so many revocations, no more than the decisions in time can have been in time.
 */
export function noteLate(
  state: NetworkState,
  changes: readonly StatusChange[],
  decisions: readonly DecisionRecord[],
  entry: number,
): void {
  const { rulebook, time } = state;
  if (rulebook === undefined) return;
  const revoking = decisions.filter(({ power }) => power === 'revoke');
  const isLate = (decision: DecisionRecord) => {
    const deadlineMs = deadlineOf(rulebook.body, decision.class);
    return deadlineMs !== undefined && time > decision.received + deadlineMs;
  };
  const inTime = revoking.filter((decision) => !isLate(decision)).reduce((sum, { count }) => sum + count, 0);
  if (revoking.every((decision) => !isLate(decision))) return;
  for (const [issuer, revoked] of revokedByIssuer(state, changes)) {
    const count = revoked - inTime;
    if (count <= 0) continue;
    const known = state.late.get(issuer) ?? [];
    state.late.set(issuer, [...known, { entry, at: time, count }].slice(-MAX_LATE_REVOCATIONS));
  }
}

export function revokedByIssuer(
  { lists }: Pick<NetworkState, 'lists'>,
  changes: readonly StatusChange[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { list, value } of changes) {
    const issuer = value === 1 ? lists.get(list)?.issuer : undefined;
    if (issuer !== undefined) found.set(issuer, (found.get(issuer) ?? 0) + 1);
  }
  return found;
}
