import { changeKey, type NetworkState, setStatus } from './state.ts';

/** Puts an entry of a map back to what it is now. */
export function restoreEntry<Key, Value>(map: Map<Key, Value>, key: Key): () => void {
  const before = map.get(key);
  return () => {
    if (before === undefined) map.delete(key);
    else map.set(key, before);
  };
}

/** Puts an index of a list, and what is found by it, back to what it is now. */
export function restoreStatus(
  state: NetworkState,
  target: { readonly list: string; readonly index: number },
): (() => void)[] {
  const key = changeKey(target.list, target.index);
  const { docket, suspensions, changes, lists } = state;
  // Also where there is no such list yet: an entry tried before this one may open it.
  const restores = [suspensions, changes, docket.held, docket.suspenders].map((map) =>
    restoreEntry<string, unknown>(map as Map<string, unknown>, key),
  );
  const list = lists.get(target.list);
  const value = list?.values[target.index];
  if (list === undefined || value === undefined) return restores;
  const { digest } = list;
  const restoreValue = () => {
    setStatus(list, target.index, value);
    list.digest = digest;
  };
  return [...restores, restoreValue];
}
