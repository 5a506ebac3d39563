/** The most a map may hold. `weight` counts what an entry costs in the unit of `maxWeight`, bytes for instance. */
export type MapBounds<Value> = {
  readonly maxEntries: number;
  readonly maxWeight?: number;
  readonly weight?: (value: Value) => number;
};

/** A map that forgets what was used longest ago when it is full, so that no stranger can fill our memory. */
export type BoundedMap<Key, Value> = {
  /** Reading counts as use. */
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  entries(): IterableIterator<[Key, Value]>;
  readonly size: number;
};

/** At the bound the oldest entries go; a value heavier than the whole map is not kept at all. */
export function createBoundedMap<Key, Value>(bounds: MapBounds<Value>): BoundedMap<Key, Value> {
  // A Map iterates in the order of insertion: deleting and setting again makes its first key the oldest.
  const map = new Map<Key, Value>();
  const maxWeight = bounds.maxWeight ?? Number.POSITIVE_INFINITY;
  const weigh = bounds.weight ?? (() => 0);
  let weight = 0;

  function remove(key: Key): void {
    const value = map.get(key);
    if (value !== undefined && map.delete(key)) weight -= weigh(value);
  }

  return {
    get(key) {
      const value = map.get(key);
      if (value === undefined) return undefined;
      map.delete(key);
      map.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      if (weigh(value) > maxWeight) return;
      map.set(key, value);
      weight += weigh(value);
      for (const oldest of map.keys()) {
        if (map.size <= bounds.maxEntries && weight <= maxWeight) break;
        remove(oldest);
      }
    },
    delete: remove,
    entries: () => map.entries(),
    get size() {
      return map.size;
    },
  };
}
