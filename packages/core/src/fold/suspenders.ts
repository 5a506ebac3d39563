import { grantOf } from '../rulebook/rulebook.ts';
import type { Suspenders } from './docket.ts';
import { changeKey, type DecisionRecord, type NetworkState } from './state.ts';
import type { StatusChange } from './statement.ts';

/** Officers who took these decisions; which change of a statement is whose is not said, so it is any of theirs. */
export function officersOf(decisions: readonly DecisionRecord[], power: DecisionRecord['power']): readonly string[] {
  return [...new Set(decisions.flatMap((decision) => (decision.power === power ? decision.officers : [])))];
}

/**
 * Remembers who suspended, for as long as it lasts: somebody else's lift may contradict it. Where whoever has suspended
 * something may not do so again by themselves, everybody who has is remembered until they may.
 */
export function recordSuspenders(
  state: NetworkState,
  change: StatusChange,
  decisions: readonly DecisionRecord[],
): void {
  const restMs = restMsOf(state);
  if (change.value !== 2) return;
  if (restMs === undefined && state.rulebook?.body.cases?.contradiction === undefined) return;
  const { suspenders } = state.docket;
  const key = changeKey(change.list, change.index);
  const before = restMs === undefined ? [] : (suspenders.get(key)?.officers ?? []);
  const officers = [...new Set([...before, ...officersOf(decisions, 'suspend')])];
  suspenders.set(key, { at: state.time, officers });
}

/** What they had suspended has ended at this time: by itself, by a lift or by a case. */
export function endSuspension(state: NetworkState, key: string, endedAt: number): void {
  const who = state.docket.suspenders.get(key);
  if (who === undefined || !state.suspensions.has(key) || restMsOf(state) === undefined) return;
  state.docket.suspenders.set(key, { ...who, endedAt });
}

/**
 * Whether one of these decisions suspends what only its own officers have suspended before, while that lasts or so soon after: one
 * officer alone could hold somebody for ever, a fortnight at a time. Each decision brings somebody new, also where several are
 * carried out together.
 */
export function isAgain(
  state: Readonly<NetworkState>,
  { list, index }: Pick<StatusChange, 'list' | 'index'>,
  decisions: readonly DecisionRecord[],
): boolean {
  const key = changeKey(list, index);
  const who = state.docket.suspenders.get(key);
  if (who === undefined || restMsOf(state) === undefined) return false;
  if (!state.suspensions.has(key) && !isResting(state, who, state.time)) return false;
  const suspending = decisions.filter(({ power }) => power === 'suspend');
  return suspending.some(({ officers }) => officers.every((officer) => who.officers.includes(officer)));
}

/** Whether what has ended is still too close for the same officers. */
export function isResting(state: Readonly<NetworkState>, { endedAt }: Suspenders, time: number): boolean {
  const restMs = restMsOf(state);
  return restMs !== undefined && endedAt !== undefined && time < endedAt + restMs;
}

function restMsOf({ rulebook }: Readonly<NetworkState>): number | undefined {
  return rulebook === undefined ? undefined : grantOf(rulebook.body, 'suspend')?.againAfterMs;
}
