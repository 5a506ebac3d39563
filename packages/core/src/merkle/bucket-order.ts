/** What is to be put in order: the whole is laid out by buckets first, which are in order among themselves. */
export type Buckets = {
  readonly count: number;
  readonly buckets: number;
  readonly bucketOf: (index: number) => number;
  /** Decides within a bucket; equal ones keep their order. */
  readonly compare: (a: number, b: number) => number;
};

/**
 * The indices 0 to count - 1 in order. Hashes spread evenly, so each bucket holds a few; however they are spread, no
 * bucket costs more than sorting it, and little is needed beside the answer.
 */
export function orderByBuckets({ count, buckets, bucketOf, compare }: Buckets): Uint32Array {
  const starts = new Uint32Array(buckets + 1);
  for (let index = 0; index < count; index += 1) {
    const next = bucketOf(index) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
  }
  const order = new Uint32Array(count);
  const free = starts.slice();
  for (let index = 0; index < count; index += 1) {
    const bucket = bucketOf(index);
    const slot = free[bucket] ?? 0;
    order[slot] = index;
    free[bucket] = slot + 1;
  }
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    sortWithin(order, starts[bucket] ?? 0, starts[bucket + 1] ?? 0, compare);
  }
  return order;
}

const FEW = 32;

/** By insertion while they are few. */
function sortWithin(order: Uint32Array, from: number, to: number, compare: Buckets['compare']): void {
  if (to - from > FEW) {
    order.subarray(from, to).sort((a, b) => compare(a, b) || a - b);
    return;
  }
  for (let i = from + 1; i < to; i += 1) {
    const moving = order[i] ?? 0;
    let slot = i;
    for (; slot > from && compare(order[slot - 1] ?? 0, moving) > 0; slot -= 1) order[slot] = order[slot - 1] ?? 0;
    order[slot] = moving;
  }
}
