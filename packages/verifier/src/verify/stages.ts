import type { Stages } from '@holdfast/core';
import type { Clock } from './clock.ts';

export type Stopwatch = {
  /** Counts what `work` takes to one stage. */
  readonly measure: <Value>(stage: Stage, work: () => Promise<Value>) => Promise<Value>;
  readonly measureNow: <Value>(stage: Stage, work: () => Value) => Value;
  readonly checked: (durations: ReadonlyMap<string, number>) => void;
  read(): Stages;
};

/** `search` is everything from the first look for evidence to the last, of which the others are parts. */
type Stage = 'parse' | 'search' | 'signatures' | 'asking' | 'judge';

export function createStopwatch(clock: Clock): Stopwatch {
  const spent: Record<Stage, number> = { parse: 0, search: 0, signatures: 0, asking: 0, judge: 0 };
  let checks: Readonly<Record<string, number>> | undefined;
  return {
    async measure(stage, work) {
      const startedMs = clock.monotonic();
      try {
        return await work();
      } finally {
        spent[stage] += clock.monotonic() - startedMs;
      }
    },
    measureNow(stage, work) {
      const startedMs = clock.monotonic();
      const value = work();
      spent[stage] += clock.monotonic() - startedMs;
      return value;
    },
    checked(durations) {
      checks = Object.fromEntries(
        [...durations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, ms]) => [id, roundMs(ms)]),
      );
    },
    read: () => ({
      parse: roundMs(spent.parse),
      evidence: roundMs(Math.max(0, spent.search - spent.signatures - spent.asking)),
      signatures: roundMs(spent.signatures),
      judge: roundMs(spent.judge),
      ...(checks === undefined ? {} : { checks }),
    }),
  };
}

/** To the microsecond: finer than that is noise. */
export function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
