import type { Clock } from './clock.ts';

/** How long one decision may wait for others, counted from its beginning. */
export type Deadline = {
  /** Milliseconds left, never negative. */
  remainingMs(): number;
  /**
   * What `work` resolves to, or `late` when the deadline passes first. `work` is told by its signal, and what it does
   * after that is nobody's business any more.
   */
  within<Value>(work: (signal: AbortSignal) => Promise<Value>, late: Value): Promise<Value>;
};

/** Costs nothing until somebody waits: most verdicts need nobody else. */
export function startDeadline(clock: Clock, durationMs: number): Deadline {
  const endsAtMs = clock.monotonic() + durationMs;
  const remainingMs = () => Math.max(0, endsAtMs - clock.monotonic());
  return {
    remainingMs,
    async within(work, late) {
      const abort = new AbortController();
      const alarm = clock.sleep(remainingMs(), abort.signal).then(
        () => late,
        () => late,
      );
      try {
        return await Promise.race([work(abort.signal), alarm]);
      } finally {
        abort.abort(new DOMException('The deadline of this decision has passed.', 'TimeoutError'));
      }
    },
  };
}
