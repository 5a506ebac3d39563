import type { ChangeRecord, NetworkState, StatusList } from './state.ts';

/** Whose key was stolen; `key` is its thumbprint. */
type StolenKey = { readonly issuer: string; readonly key: string };

export function listsOfKey(state: Readonly<NetworkState>, { issuer, key }: StolenKey): StatusList[] {
  return [...state.lists.values()].filter((list) => list.issuer === issuer && list.key === key);
}

/**
 * Every index of every list of a key that a thief may have becomes 1, for good, in this one step. A filled list is a new
 * object: trying and taking back costs as much as the entry, however many credentials there are. What was suspended there
 * is final now, and nothing of it lapses.
 */
export function fillLists(state: NetworkState, stolen: StolenKey, record: ChangeRecord): void {
  for (const list of listsOfKey(state, stolen)) {
    const { packed: _packed, ...rest } = list;
    const values = new Uint8Array(list.size).fill(1);
    state.lists.set(list.id, { ...rest, values, digest: undefined, compromised: record });
    for (const { key } of suspendedIn(state, list.id)) {
      state.suspensions.delete(key);
      state.docket.held.delete(key);
      state.docket.suspenders.delete(key);
      state.changes.delete(key);
    }
  }
}

type Suspended = { readonly key: string; readonly list: string; readonly index: number };

/** What is suspended in a list now, by officers or by a case. */
export function suspendedIn({ suspensions, docket }: Readonly<NetworkState>, list: string): Suspended[] {
  const keys = new Set([...suspensions.keys(), ...docket.held.keys(), ...docket.suspenders.keys()]);
  return [...keys].flatMap((key) => {
    const at = key.lastIndexOf(' ');
    return key.slice(0, at) === list ? [{ key, list, index: Number(key.slice(at + 1)) }] : [];
  });
}
