import type { Rulebook } from '../rulebook/rulebook.ts';
import { elapseCases } from './due-cases.ts';
import { isOnlyOfLog, isSameLog, type LogTerms } from './log-keys.ts';
import { restoreStatus } from './restoring.ts';
import { enactRevisions } from './revisions.ts';
import { type NetworkState, type ScheduledRulebook, setStatus } from './state.ts';
import { endSuspension } from './suspenders.ts';

/** What time alone changes, with the way back: an epoch that turns out wrong must leave no trace. */
export type DueChanges = { readonly undo: () => void };

/** Lets everything take effect that is due at `time`: suspensions lapse, announced rulebooks and programs come into force. */
export function applyDue(state: NetworkState, time: number): DueChanges {
  const undo: (() => void)[] = [];
  for (const [key, until] of [...state.suspensions]) {
    if (until <= time) undo.push(lapse(state, key));
  }
  elapseCases(state, time, undo);
  enactRevisions(state, time, undo);
  const isDue = state.scheduled.some((next) => next.effectiveAt <= time);
  if (isDue || (state.emergency !== undefined && state.emergency.lapsesAt <= time)) undo.push(enact(state, time));
  return {
    undo: () => {
      for (const step of undo.reverse()) step();
    },
  };
}

function lapse(state: NetworkState, key: string): () => void {
  const at = key.lastIndexOf(' ');
  const target = { list: key.slice(0, at), index: Number(key.slice(at + 1)) };
  const restores = restoreStatus(state, target);
  endSuspension(state, key, state.suspensions.get(key) ?? state.time);
  state.suspensions.delete(key);
  const list = state.lists.get(target.list);
  if (list !== undefined && !state.docket.held.has(key)) {
    state.changes.delete(key);
    setStatus(list, target.index, 0);
  }
  return () => {
    for (const restore of restores) restore();
  };
}

type Enacted = Pick<NetworkState, 'rulebook' | 'scheduled' | 'emergency'>;

function enact(state: NetworkState, time: number): () => void {
  const { rulebook, scheduled, emergency } = state;
  Object.assign(state, enactedAt(state, time));
  return () => {
    Object.assign(state, { rulebook, scheduled, emergency });
  };
}

/** The rulebook in force once everything has taken effect that is due at `time`; the state stays as it is. */
export function rulebookAt(state: Readonly<NetworkState>, time: number): NetworkState['rulebook'] {
  return enactedAt(state, time).rulebook;
}

/**
 * Of several rulebooks due at once the one that takes effect last is in force; equal times go by the log's order. One that
 * was written while another key of the log was in force, and does not mean to change it, leaves the key as it is by then:
 * or an old announcement would bring a stolen key back. An emergency amendment that lapses in between does so in between.
 */
function enactedAt({ rulebook, scheduled, emergency }: Readonly<NetworkState>, time: number): Enacted {
  const isDue = ({ effectiveAt }: ScheduledRulebook) => effectiveAt <= time;
  let after: Enacted = { rulebook, emergency, scheduled: scheduled.filter((next) => !isDue(next)) };
  let open = scheduled.filter(isDue).sort((a, b) => a.effectiveAt - b.effectiveAt || a.index - b.index);
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (after.emergency !== undefined && after.emergency.lapsesAt < next.effectiveAt) after = lapsed(after);
    const before = after.rulebook?.body.log;
    const { log } = next.body;
    const carryOver = (later: ScheduledRulebook): ScheduledRulebook =>
      before !== undefined && !isSameLog(before, log) && isSameLog(before, later.body.log)
        ? { ...later, body: { ...later.body, log } }
        : later;
    open = open.map(carryOver);
    after = { ...inForce(after, next), scheduled: after.scheduled.map(carryOver) };
  }
  return after.emergency !== undefined && after.emergency.lapsesAt <= time ? lapsed(after) : after;
}

/** What it stood in for is in force again, with the key that the log has by now. */
function lapsed({ rulebook, scheduled, emergency }: Enacted): Enacted {
  return { rulebook: emergency?.base ?? rulebook, scheduled, emergency: undefined };
}

type InForce = Pick<NetworkState, 'rulebook' | 'emergency'>;

/** Another key of the log makes no other rules: what was approved under them stands, above all what cannot wait. */
function inForce({ rulebook, emergency }: Enacted, next: ScheduledRulebook): InForce {
  const { index, body, lapsesAt } = next;
  if (rulebook !== undefined && isOnlyOfLog(rulebook.body, body)) {
    return { rulebook: { index: rulebook.index, body }, emergency: withLog(emergency, body.log) };
  }
  if (lapsesAt !== undefined && rulebook !== undefined) {
    return { rulebook: { index, body }, emergency: { index, lapsesAt, base: emergency?.base ?? rulebook } };
  }
  // Announced before the emergency, it knew nothing of it: it is what will be in force after.
  if (emergency !== undefined && index < emergency.index) {
    return { rulebook: withKeyOf(rulebook, body), emergency: { ...emergency, base: { index, body } } };
  }
  return { rulebook: { index, body }, emergency: undefined };
}

function withLog(emergency: NetworkState['emergency'], log: LogTerms): NetworkState['emergency'] {
  if (emergency === undefined) return undefined;
  return { ...emergency, base: { ...emergency.base, body: { ...emergency.base.body, log } } };
}

function withKeyOf(rulebook: NetworkState['rulebook'], { log }: Rulebook): NetworkState['rulebook'] {
  return rulebook === undefined ? undefined : { ...rulebook, body: { ...rulebook.body, log } };
}
