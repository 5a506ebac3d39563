/** One measured figure, beside the limit or peer it was measured against in the same run. */
export type Figure = {
  readonly what: string;
  /** Ours and the other's, in `unit`. */
  readonly ours: number;
  readonly beside: { readonly name: string; readonly value: number };
  readonly unit: string;
  readonly ratio: number;
  readonly goal: string;
  /** Computed from the ratio or value, never written. */
  readonly holds: boolean;
};

/** A goal as words and as a test of (ratio, ours). */
export type Goal = { readonly words: string; readonly test: (ratio: number, ours: number) => boolean };

export function atMost(limit: number): Goal {
  return { words: `ratio <= ${limit}`, test: (ratio) => ratio <= limit };
}

export function atLeast(limit: number): Goal {
  return { words: `ratio >= ${limit}`, test: (ratio) => ratio >= limit };
}

export function within(limit: number, unit: string): Goal {
  return { words: `ours <= ${limit} ${unit}`, test: (_ratio, ours) => ours <= limit };
}

export function createFigure(
  what: string,
  unit: string,
  goal: Goal,
  measured: { ours: number; name: string; other: number; ratio?: number },
): Figure {
  const { ours, name, other } = measured;
  const ratio = measured.ratio ?? ours / other;
  return {
    what,
    ours: significant(ours),
    beside: { name, value: significant(other) },
    unit,
    ratio: significant(ratio),
    goal: goal.words,
    holds: goal.test(ratio, ours),
  };
}

function significant(value: number): number {
  return Number(value.toPrecision(3));
}

export type Case = { readonly name: string; readonly work: (i: number) => unknown };

const ROUNDS = 9;
const SLICE_MS = 200;

/**
 * Runs the cases in turn in short slices, so that a noisy neighbour slows all of them, and gives the microseconds each
 * takes: medians over the rounds, and the ratio of the first to each other as the median of the rounds' own ratios.
 */
export async function measure(cases: readonly Case[]): Promise<{ us: number[]; ratios: number[] }> {
  for (const { work } of cases) await slice(work, SLICE_MS / 2);
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const row: number[] = [];
    for (const { work } of cases) row.push(await slice(work, SLICE_MS));
    rounds.push(row);
  }
  return {
    us: cases.map((_, i) => median(rounds.map((row) => row[i] ?? 0))),
    ratios: cases.map((_, i) => median(rounds.map((row) => (row[0] ?? 0) / (row[i] ?? 1)))),
  };
}

async function slice(work: Case['work'], durationMs: number): Promise<number> {
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.round(durationMs * 1e6));
  let count = 0;
  while (process.hrtime.bigint() < end || count === 0) {
    const result = work(count);
    if (result instanceof Promise) await result;
    count += 1;
  }
  return Number(process.hrtime.bigint() - start) / 1000 / count;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
