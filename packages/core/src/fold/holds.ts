import { type CaseRecord, isHolding } from '../cases/case-record.ts';
import { type ChangeRecord, changeKey, type NetworkState, type StatusList, setStatus } from './state.ts';
import { endSuspension } from './suspenders.ts';

/** One index of a list that a case is about, while the list is there. */
type Place = { readonly key: string; readonly list: StatusList; readonly index: number };

function placeOf(state: NetworkState, { target }: CaseRecord): Place | undefined {
  if (target?.of !== 'credential') return undefined;
  const list = state.lists.get(target.list);
  return list === undefined ? undefined : { key: changeKey(target.list, target.index), list, index: target.index };
}

/** Makes the credential of a case suspended while the case says so, and no longer than that. */
export function syncHold(state: NetworkState, record: CaseRecord): void {
  const place = placeOf(state, record);
  if (place === undefined) return;
  const { held } = state.docket;
  const isHeld = held.get(place.key) === record.id;
  if (isHolding(record) && !held.has(place.key)) hold(state, place, record);
  if (!isHolding(record) && isHeld) release(state, place);
}

function hold(state: NetworkState, { key, list, index }: Place, record: CaseRecord): void {
  if (list.values[index] === 1) return;
  state.docket.held.set(key, record.id);
  if (list.values[index] === 0) {
    setStatus(list, index, 2);
    state.changes.set(key, changeBy(record));
  }
}

/** Ends the hold; a suspension that officers decided on goes on to its own end. */
function release(state: NetworkState, { key, list, index }: Place): void {
  state.docket.held.delete(key);
  if (list.values[index] !== 2 || state.suspensions.has(key)) return;
  setStatus(list, index, 0);
  state.changes.delete(key);
}

/** A case has ended in favour of a remedy on a credential's status. */
export function carryOutOnStatus(state: NetworkState, record: CaseRecord): void {
  const place = placeOf(state, record);
  if (place === undefined || place.list.values[place.index] === 1) return;
  const { key, list, index } = place;
  if (record.remedy === 'revoke') {
    state.docket.held.delete(key);
    state.suspensions.delete(key);
    state.docket.suspenders.delete(key);
    setStatus(list, index, 1);
    state.changes.set(key, changeBy(record));
  }
  if (record.remedy === 'lift') {
    endSuspension(state, key, state.time);
    state.suspensions.delete(key);
    release(state, place);
  }
}

function changeBy({ entry }: CaseRecord): ChangeRecord {
  return { entry, decisions: [entry] };
}
