import { type NetworkState, type ScheduledRulebook, setStatus } from './state.ts';

/** What time alone changes, with the way back: an epoch that turns out wrong must leave no trace. */
export type DueChanges = { readonly undo: () => void };

/** Lets everything take effect that is due at `time`: suspensions lapse, announced rulebooks come into force. */
export function applyDue(state: NetworkState, time: number): DueChanges {
  const undo: (() => void)[] = [];
  for (const [key, until] of [...state.suspensions]) {
    if (until <= time) undo.push(lapse(state, key, until));
  }
  const due = state.scheduled.filter((next) => next.effectiveAt <= time);
  if (due.length > 0) undo.push(enact(state, due));
  return {
    undo: () => {
      for (const step of undo.reverse()) step();
    },
  };
}

function lapse(state: NetworkState, key: string, until: number): () => void {
  const at = key.lastIndexOf(' ');
  const list = state.lists.get(key.slice(0, at));
  const index = Number(key.slice(at + 1));
  const change = state.changes.get(key);
  const digest = list?.digest;
  state.suspensions.delete(key);
  state.changes.delete(key);
  if (list !== undefined) setStatus(list, index, 0);
  return () => {
    state.suspensions.set(key, until);
    if (change !== undefined) state.changes.set(key, change);
    if (list !== undefined) {
      setStatus(list, index, 2);
      list.digest = digest;
    }
  };
}

/** Of several rulebooks due at once the one that takes effect last is in force; equal times go by the log's order. */
function enact(state: NetworkState, due: readonly ScheduledRulebook[]): () => void {
  const { rulebook, scheduled } = state;
  const last = due.reduce((a, b) => (b.effectiveAt >= a.effectiveAt ? b : a));
  state.rulebook = { index: last.index, body: last.body };
  state.scheduled = scheduled.filter((next) => !due.includes(next));
  return () => {
    state.rulebook = rulebook;
    state.scheduled = scheduled;
  };
}
