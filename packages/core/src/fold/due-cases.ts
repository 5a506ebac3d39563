import { type CaseRecord, isOpen, KEPT_AFTER_END_MS } from '../cases/case-record.ts';
import { type Draw, elapse, extendClocks } from '../cases/course.ts';
import { drawFrom } from '../cases/drawing.ts';
import { incidentOf } from '../cases/incident.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { bindingDigest } from '../governance/decision.ts';
import { compactRoot } from '../log/tree.ts';
import { reviewersFor } from './cases.ts';
import { DECIDERS_KEPT_DAYS, dayOf, setCase } from './docket.ts';
import { recentHands } from './hands.ts';
import { carryOutOnStatus, syncHold } from './holds.ts';
import { alarmManualRate } from './manual-alarm.ts';
import { restoreEntry, restoreStatus } from './restoring.ts';
import type { NetworkState } from './state.ts';
import { isResting } from './suspenders.ts';

/**
 * What an epoch at `time` makes of every case: clocks that the network's absence stopped go on, silence takes effect,
 * reviewers are drawn, holds begin and end, and what was found for good is carried out. The steps back are added to `undo`.
 */
export function elapseCases(state: NetworkState, time: number, undo: (() => void)[]): void {
  const { docket } = state;
  if (docket.cases.size > 0) {
    const away = state.time === 0 ? 0 : time - state.time;
    const draw = drawing(state, time);
    for (const record of [...docket.cases.values()]) elapseCase(state, record, { time, away, draw }, undo);
  }
  alarmManualRate(state, time, undo);
  forget(state, time, undo);
  const touched = [...docket.touched];
  docket.touched.clear();
  undo.push(() => {
    docket.touched.clear();
    for (const id of touched) docket.touched.add(id);
  });
}

type Passing = { readonly time: number; readonly away: number; readonly draw: Draw };

function drawing(state: NetworkState, time: number): Draw {
  let root: string | undefined;
  return (record) => {
    root ??= encodeBase64url(compactRoot(state.tree));
    const { quorum } = record.terms.track.review;
    const pool = reviewersFor(state, record, time);
    return pool.length < quorum ? [] : drawFrom(pool, quorum, { root, case: record.id });
  };
}

function elapseCase(
  state: NetworkState,
  record: CaseRecord,
  { time, away, draw }: Passing,
  undo: (() => void)[],
): void {
  const { docket } = state;
  const isTouched = docket.touched.has(record.id);
  if (!isOpen(record) && !isTouched) return;
  const { record: next, missed } = elapse(extendClocks(record, away), time, draw);
  if (next === record && !isTouched) return;
  undo.push(...restoresOf(state, next));
  for (const each of missed) {
    const incident = incidentOf(next, each, time);
    undo.push(restoreEntry(docket.incidents, incident.id));
    docket.incidents.set(incident.id, incident);
  }
  setCase(docket, next);
  syncHold(state, next);
  if (!isOpen(next) && next.finding?.upheld === true) carryOut(state, next, time);
}

function restoresOf(state: NetworkState, { id, subject, target }: CaseRecord): (() => void)[] {
  const { docket, parties, exceptions } = state;
  const record = [restoreEntry(docket.cases, id), restoreEntry(docket.open, subject)];
  switch (target?.of) {
    case 'credential':
      return [...record, ...restoreStatus(state, target), restoreEntry(exceptions, bindingDigest(target))];
    case 'issuer':
      return [...record, restoreEntry(parties, target.party)];
    case 'application':
    case 'payment':
      return [...record, restoreEntry(exceptions, target.digest)];
    case 'program':
    case undefined:
      return [...record, restoreEntry(docket.incidents, orderId(id))];
    default:
      return target satisfies never;
  }
}

/** What a case has found for good happens here, in every follower alike; whoever is concerned reads it like everything else. */
function carryOut(state: NetworkState, record: CaseRecord, time: number): void {
  const { target, remedy, entry } = record;
  switch (target?.of) {
    case 'credential':
      carryOutOnStatus(state, record);
      // A revoked index never changes again: whoever held it may be given another credential.
      if (remedy === 'reinstate') state.exceptions.set(bindingDigest(target), { kind: 'reinstatement', entry });
      break;
    case 'issuer':
      withdraw(state, target, time);
      break;
    case 'application':
      state.exceptions.set(target.digest, { kind: 'admission', program: target.program, entry });
      break;
    case 'payment':
      state.exceptions.set(target.digest, {
        kind: 'payment',
        program: target.program,
        entry,
        ...(remedy === 'return' ? { power: remedy } : {}),
      });
      break;
    case 'program':
      if (remedy === 'revise') order(state, record, time);
      break;
    case undefined:
      break;
    default:
      target satisfies never;
  }
}

function withdraw(
  state: NetworkState,
  { party: id, type }: { readonly party: string; readonly type?: string | undefined },
  time: number,
): void {
  const party = state.parties.get(id);
  if (party === undefined) return;
  const accreditations = party.accreditations.map((each) =>
    type === undefined || each.type === type ? { ...each, until: Math.min(each.until ?? time, time) } : each,
  );
  state.parties.set(id, { ...party, accreditations });
}

function orderId(id: string): string {
  return `${id} order`;
}

/** Rules of a program are its organiser's to change: it is ordered to, and what it owes is on record until it has. */
function order(state: NetworkState, record: CaseRecord, time: number): void {
  const program = state.programs.get(record.target?.of === 'program' ? record.target.program : '');
  const missed = { stage: 'decided', owner: program?.program.organiser ?? record.role, dueAt: time } as const;
  const incident = incidentOf(record, missed, time);
  state.docket.incidents.set(orderId(record.id), { ...incident, id: orderId(record.id) });
}

/** What has ended long ago leaves the state; the log keeps it. */
function forget(state: NetworkState, time: number, undo: (() => void)[]): void {
  const { cases, incidents, deciders, suspenders, hands } = state.docket;
  const drop = <Key, Value>(map: Map<Key, Value>, key: Key) => {
    undo.push(restoreEntry(map, key));
    map.delete(key);
  };
  for (const record of cases.values()) if (!isOpen(record) && record.dueAt <= time) drop(cases, record.id);
  for (const { id, closedAt } of incidents.values()) {
    if (closedAt !== undefined && closedAt + KEPT_AFTER_END_MS <= time) drop(incidents, id);
  }
  for (const day of deciders.keys()) if (day + DECIDERS_KEPT_DAYS < dayOf(time)) drop(deciders, day);
  const since = time - KEPT_AFTER_END_MS;
  for (const [key, who] of hands) {
    const recent = recentHands(who, since);
    if (recent === who) continue;
    drop(hands, key);
    if (recent.length > 0) hands.set(key, recent);
  }
  for (const [key, who] of suspenders) {
    if (!state.suspensions.has(key) && !isResting(state, who, time)) drop(suspenders, key);
  }
}
