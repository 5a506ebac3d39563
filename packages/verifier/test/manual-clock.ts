import type { Clock } from '../src/verify/clock.ts';

type Sleeper = { readonly at: number; readonly wake: () => void };

/** A clock that only moves when a test says so. */
export type ManualClock = Clock & {
  /** Lets so much time pass: wakes who is due in the order of their times, and lets each do what follows. */
  readonly advance: (durationMs: number) => Promise<void>;
  /** Moves the wall clock alone, as an operator or a time server does. */
  readonly jump: (durationMs: number) => void;
  /** How many sleep now. */
  readonly sleeping: () => number;
};

/** Everything that can happen without time passing has happened: promises, and what they started. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0;
  let offsetMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => offsetMs + Math.floor(elapsedMs),
    monotonic: () => elapsedMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const sleeper = { at: elapsedMs + Math.max(0, durationMs), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    advance: async (durationMs) => {
      const endMs = elapsedMs + durationMs;
      await settle();
      for (;;) {
        const due = [...sleepers].filter(({ at }) => at <= endMs).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        elapsedMs = Math.max(elapsedMs, due.at);
        due.wake();
        await settle();
      }
      elapsedMs = endMs;
    },
    jump: (durationMs) => {
      offsetMs += durationMs;
    },
    sleeping: () => sleepers.size,
  };
}
