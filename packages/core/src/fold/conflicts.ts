import type { CaseAct, CaseTarget } from '../cases/act.ts';
import type { CaseRecord } from '../cases/case-record.ts';
import { decidersOf, handsKey } from './docket.ts';
import { changeKey, type NetworkState } from './state.ts';

/**
 * The case as this step meets it: where the step names for the first time what it is about, whoever decided that is out, whether
 * or not the decision was named by whoever filed; and whoever's house it is.
 */
export function withDeciders(
  state: Readonly<NetworkState>,
  record: CaseRecord,
  step: Pick<CaseAct, 'act'>,
): CaseRecord {
  const target = 'target' in step ? (step.target as CaseTarget | undefined) : undefined;
  if (target === undefined || record.target !== undefined) return record;
  const found = decidersOfTarget(state, record, target);
  const more = found.filter((officer) => !record.conflicted.includes(officer));
  const house = record.terms.barsDecidersOf === undefined ? undefined : houseOf(state, target);
  if (more.length === 0 && house === undefined) return record;
  return {
    ...record,
    conflicted: [...new Set([...record.conflicted, ...more])],
    ...(house === undefined ? {} : { house }),
  };
}

function decidersOfTarget(
  state: Readonly<NetworkState>,
  { terms }: Pick<CaseRecord, 'terms'>,
  target: CaseTarget,
): readonly string[] {
  if (target.of === 'credential') {
    if (terms.barsDeciders !== true) return [];
    return deciderEntriesOf(state, target).flatMap((entry) => decidersOf(state.docket, entry));
  }
  if (target.of === 'application' || terms.barsDecidersOf?.includes(target.of) !== true) return [];
  const id = target.of === 'issuer' ? target.party : target.of === 'program' ? target.program : target.digest;
  return (state.docket.hands.get(handsKey(target.of, id)) ?? []).map(([officer]) => officer);
}

/** The party whose it is: the issuer of a credential, the organiser of a program and of what was asked or paid in it. */
function houseOf(
  { lists, programs }: Pick<NetworkState, 'lists' | 'programs'>,
  target: CaseTarget,
): string | undefined {
  switch (target.of) {
    case 'credential':
      return lists.get(target.list)?.issuer;
    case 'issuer':
      return target.party;
    case 'application':
    case 'payment':
    case 'program':
      return programs.get(target.program)?.program.organiser;
    default:
      return target satisfies never;
  }
}

/** Entries of the decisions by which it is what it is: which of several is whose is not said, so it is any of theirs. */
export function deciderEntriesOf(
  { changes, lists }: Pick<NetworkState, 'changes' | 'lists'>,
  place: { readonly list: string; readonly index: number },
): readonly number[] {
  const change = changes.get(changeKey(place.list, place.index)) ?? lists.get(place.list)?.compromised;
  return change?.decisions ?? [];
}
