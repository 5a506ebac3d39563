/** A map of what was set lately. */
export type RecentMap<Key, Value> = {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  readonly size: number;
};

/**
 * Remembers at least the latest `most` keys that were set, and at most twice as many; then the older half goes at once. To
 * take the oldest out of one map each time costs a walk past everything that was taken out before: with thousands of
 * entries that was more than half of what a transfer cost.
 */
export function createRecentMap<Key, Value>(most: number): RecentMap<Key, Value> {
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      young.set(key, value);
      if (young.size < most) return;
      old = young;
      young = new Map();
    },
    get size() {
      return young.size + old.size;
    },
  };
}
