/** Amounts of one group, prepared so that sums under and over any bound cost a binary search and not a walk. */
export type SortedSums = {
  readonly count: number;
  /** How many are more than `bound`. */
  readonly countAbove: (bound: bigint) => number;
  /** The sum of those that are at most `bound`. */
  readonly sumUpTo: (bound: bigint) => bigint;
};

const WORD = 1n << 64n;

export function createSortedSums(values: readonly bigint[]): SortedSums {
  const sorted = sort(values);
  const sums: bigint[] = [0n];
  let sum = 0n;
  for (const value of sorted) {
    sum += value;
    sums.push(sum);
  }
  /** How many are at most `bound`. */
  const placeAfter = (bound: bigint) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((sorted[middle] ?? 0n) <= bound) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    count: sorted.length,
    countAbove: (bound) => sorted.length - placeAfter(bound),
    sumUpTo: (bound) => sums[placeAfter(bound)] ?? 0n,
  };
}

/** A typed array sorts a million words in a tenth of the time; amounts beyond 64 bits are rare, and sorted as they are. */
function sort(values: readonly bigint[]): ArrayLike<bigint> & Iterable<bigint> {
  if (values.every((value) => value < WORD)) return BigUint64Array.from(values).sort();
  return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Over several groups: each value counted, or `level` where it is more. */
export function sumOfMin(groups: readonly SortedSums[], level: bigint): bigint {
  return groups.reduce((sum, group) => sum + group.sumUpTo(level) + level * BigInt(group.countAbove(level)), 0n);
}

/** The largest bound from `low` to `high` for which it holds, where it holds up to some bound and not beyond. */
export function largestWhere(low: bigint, high: bigint, holds: (bound: bigint) => boolean): bigint | undefined {
  let least = low - 1n;
  let most = high;
  while (least < most) {
    const middle = (least + most + 1n) / 2n;
    if (holds(middle)) least = middle;
    else most = middle - 1n;
  }
  return least < low ? undefined : least;
}
