import { elapseCases } from './due-cases.ts';
import { isOnlyOfLog, isSameLog } from './log-keys.ts';
import { restoreStatus } from './restoring.ts';
import { type NetworkState, type ScheduledRulebook, setStatus } from './state.ts';

/** What time alone changes, with the way back: an epoch that turns out wrong must leave no trace. */
export type DueChanges = { readonly undo: () => void };

/** Lets everything take effect that is due at `time`: suspensions lapse, announced rulebooks come into force. */
export function applyDue(state: NetworkState, time: number): DueChanges {
  const undo: (() => void)[] = [];
  for (const [key, until] of [...state.suspensions]) {
    if (until <= time) undo.push(lapse(state, key));
  }
  elapseCases(state, time, undo);
  const due = state.scheduled.filter((next) => next.effectiveAt <= time);
  if (due.length > 0) undo.push(enact(state, due));
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

type Enacted = Pick<NetworkState, 'rulebook' | 'scheduled'>;

function enact(state: NetworkState, due: readonly ScheduledRulebook[]): () => void {
  const { rulebook, scheduled } = state;
  const after = enacted(state, due);
  state.rulebook = after.rulebook;
  state.scheduled = after.scheduled;
  return () => {
    state.rulebook = rulebook;
    state.scheduled = scheduled;
  };
}

/** The rulebook in force once everything has taken effect that is due at `time`; the state stays as it is. */
export function rulebookAt(state: Readonly<NetworkState>, time: number): NetworkState['rulebook'] {
  return enacted(
    state,
    state.scheduled.filter((next) => next.effectiveAt <= time),
  ).rulebook;
}

/**
 * Of several rulebooks due at once the one that takes effect last is in force; equal times go by the log's order. One that
 * was written while another key of the log was in force, and does not mean to change it, leaves the key as it is by then:
 * or an old announcement would bring a stolen key back.
 */
function enacted({ rulebook, scheduled }: Readonly<NetworkState>, due: readonly ScheduledRulebook[]): Enacted {
  let after: Enacted = { rulebook, scheduled: scheduled.filter((next) => !due.includes(next)) };
  let open = [...due].sort((a, b) => a.effectiveAt - b.effectiveAt || a.index - b.index);
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const before = after.rulebook?.body.log;
    const { log } = next.body;
    const carryOver = (later: ScheduledRulebook): ScheduledRulebook =>
      before !== undefined && !isSameLog(before, log) && isSameLog(before, later.body.log)
        ? { ...later, body: { ...later.body, log } }
        : later;
    open = open.map(carryOver);
    after = { rulebook: inForce(after.rulebook, next), scheduled: after.scheduled.map(carryOver) };
  }
  return after;
}

/** Another key of the log makes no other rules: what was approved under them stands, above all what cannot wait. */
function inForce(before: NetworkState['rulebook'], { index, body }: ScheduledRulebook): NetworkState['rulebook'] {
  return before !== undefined && isOnlyOfLog(before.body, body) ? { index: before.index, body } : { index, body };
}
