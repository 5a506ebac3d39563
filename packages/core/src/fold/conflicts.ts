import type { CaseAct, CaseTarget } from '../cases/act.ts';
import type { CaseRecord } from '../cases/case-record.ts';
import { decidersOf } from './docket.ts';
import { changeKey, type NetworkState } from './state.ts';

/**
 * The case as this step meets it: where the step names for the first time what it is about, whoever decided that is out, whether
 * or not the decision was named by whoever filed.
 */
export function withDeciders(
  state: Readonly<NetworkState>,
  record: CaseRecord,
  step: Pick<CaseAct, 'act'>,
): CaseRecord {
  if (record.terms.barsDeciders !== true || record.target !== undefined || !('target' in step)) return record;
  const target = step.target as CaseTarget | undefined;
  if (target?.of !== 'credential') return record;
  const found = deciderEntriesOf(state, target).flatMap((entry) => decidersOf(state.docket, entry));
  const more = found.filter((officer) => !record.conflicted.includes(officer));
  return more.length === 0 ? record : { ...record, conflicted: [...new Set([...record.conflicted, ...more])] };
}

/** Entries of the decisions by which it is what it is: which of several is whose is not said, so it is any of theirs. */
export function deciderEntriesOf(
  { changes, lists }: Pick<NetworkState, 'changes' | 'lists'>,
  place: { readonly list: string; readonly index: number },
): readonly number[] {
  const change = changes.get(changeKey(place.list, place.index)) ?? lists.get(place.list)?.compromised;
  return change?.decisions ?? [];
}
