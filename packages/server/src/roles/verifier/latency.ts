import type { Stages } from '@holdfast/core';

/** Upper ends of the buckets, in milliseconds; what took longer is in one more. */
export const BUCKETS_MS = [
  0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10_000,
] as const;

/** How long one stage of a decision has taken, over all decisions since `since`. */
export type StageLatency = {
  /** `parse`, `evidence`, `signatures`, `judge`, `check:<id>`, `total`. */
  readonly stage: string;
  readonly count: number;
  /** The upper end of the bucket in which that share of them lies, in milliseconds; the longest one beyond the last. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly longestMs: number;
  /** For each of `BUCKETS_MS`, and for more: how many. */
  readonly buckets: readonly number[];
};

export type LatencyReport = {
  /** Unix milliseconds since which it is counted. */
  readonly since: number;
  readonly bucketsMs: readonly number[];
  readonly stages: readonly StageLatency[];
};

export type LatencyBook = {
  record(stages: Stages, totalMs: number): void;
  read(): LatencyReport;
};

/** Stages kept; checks that were removed keep their row until the process ends, and beyond this a new one has none. */
const MAX_STAGES = 64;

type Row = { count: number; longestMs: number; readonly buckets: number[] };

export function createLatencyBook(since: number): LatencyBook {
  const rows = new Map<string, Row>();

  function count(stage: string, durationMs: number): void {
    const row = rows.get(stage) ?? { count: 0, longestMs: 0, buckets: new Array(BUCKETS_MS.length + 1).fill(0) };
    if (!rows.has(stage)) {
      if (rows.size >= MAX_STAGES) return;
      rows.set(stage, row);
    }
    const found = BUCKETS_MS.findIndex((end) => durationMs <= end);
    const bucket = found === -1 ? BUCKETS_MS.length : found;
    row.count += 1;
    row.longestMs = Math.max(row.longestMs, durationMs);
    row.buckets[bucket] = (row.buckets[bucket] ?? 0) + 1;
  }

  return {
    record({ parse, evidence, signatures, judge, checks = {} }, totalMs) {
      for (const [stage, durationMs] of Object.entries({ parse, evidence, signatures, judge, total: totalMs })) {
        count(stage, durationMs);
      }
      for (const [id, durationMs] of Object.entries(checks)) count(`check:${id}`, durationMs);
    },
    read: () => ({
      since,
      bucketsMs: BUCKETS_MS,
      stages: [...rows].map(([stage, row]) => ({
        stage,
        count: row.count,
        ...{ p50: shareOf(row, 0.5), p90: shareOf(row, 0.9), p99: shareOf(row, 0.99) },
        longestMs: row.longestMs,
        buckets: [...row.buckets],
      })),
    }),
  };
}

function shareOf({ count, longestMs, buckets }: Row, share: number): number {
  let seen = 0;
  for (const [i, inside] of buckets.entries()) {
    seen += inside;
    if (seen >= share * count) return Math.min(BUCKETS_MS[i] ?? longestMs, longestMs);
  }
  return longestMs;
}
