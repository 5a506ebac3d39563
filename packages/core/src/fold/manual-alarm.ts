import type { Incident } from '../cases/incident.ts';
import { isManualAlarm, MANUAL_ALARM, manualRate } from '../cases/manual-rate.ts';
import { restoreEntry } from './restoring.ts';
import type { NetworkState } from './state.ts';

/**
 * So much is decided by hand that rules are missing: an incident of the steward's, where the rulebook says for which reason roles
 * file by themselves. One is open at a time, and one begins in each window at most. The step back is added to `undo`.
 */
export function alarmManualRate(state: NetworkState, time: number, undo: (() => void)[]): void {
  const { rulebook, docket } = state;
  const rules = rulebook?.body.cases;
  // Nothing to count: most epochs of most networks end here.
  if (rules?.manual.class === undefined || docket.cases.size === 0) return;
  const id = `${MANUAL_ALARM}${Math.floor(time / rules.manual.windowMs)}`;
  const isTold = docket.incidents.has(id) || [...docket.incidents.values()].some(isOpenAlarm);
  if (isTold || manualRate({ ...state, time })?.isOver !== true) return;
  const { preliminaryMs, fullMs } = rules.incidents;
  undo.push(restoreEntry(docket.incidents, id));
  docket.incidents.set(id, {
    ...{ id, class: rules.manual.class, stage: 'reported', owner: rules.steward, dueAt: time, at: time },
    ...{ preliminaryDueAt: time + preliminaryMs, fullDueAt: time + fullMs },
  });
}

function isOpenAlarm(incident: Incident): boolean {
  return incident.closedAt === undefined && isManualAlarm(incident);
}
