import type { NetworkState, NetworkView, StatusList } from '@holdfast/core';

/**
 * What the state means at its last epoch, as a value that never changes: a verdict takes one view and stands on it however
 * long its signatures take, or its basis would name a position it was not judged at. Lists that did not change since
 * `before` are shared with it; the others are copied, so memory holds each list twice.
 */
export function publishView(state: NetworkState, before: NetworkView | undefined): NetworkView | undefined {
  const { name, position, rulebook } = state;
  if (position === undefined) return undefined;
  const lists = new Map<string, StatusList>();
  for (const list of state.lists.values()) lists.set(list.id, copyList(list, before?.lists.get(list.id)));
  return {
    ...{ name, position, rulebook, lists },
    parties: new Map(state.parties),
    critical: new Set(state.critical),
    recognitions: new Map(state.recognitions),
    late: new Map(state.late),
    since: new Map(state.since),
    ...(state.predecessors.length === 0 ? {} : { predecessors: state.predecessors }),
  };
}

/** Every epoch knows the digest of every list, so equal digests are equal lists. */
function copyList(list: StatusList, before: StatusList | undefined): StatusList {
  if (before !== undefined && list.digest !== undefined && before.digest === list.digest) return before;
  const { packed: _, ...rest } = list;
  return { ...rest, values: list.values.slice() };
}
