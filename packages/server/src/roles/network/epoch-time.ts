export type EpochTime = {
  readonly time: number;
  /** What was wrong with the local clock, for the operator. */
  readonly fault?: 'network.clock-behind' | 'network.clock-jump';
};

export type ClockReading = {
  /** Unix milliseconds of the local clock. */
  readonly now: number;
  /** Time of the epoch before, unix milliseconds. */
  readonly last: number;
  /** Monotonic milliseconds since that epoch was minted; undefined when another run minted it. */
  readonly elapsedMs: number | undefined;
  readonly maxStepMs: number;
};

/**
 * The next epoch's time. Always later than the last, so a clock set back makes epochs one millisecond apart until it has
 * caught up. A clock that jumps ahead is followed by at most `maxStepMs` beyond what has really passed, each epoch: time in
 * the log never goes back, so one wrong second of a clock must not end every suspension. After a start nobody knows how
 * long the network was down, and the first epoch believes the clock.
 */
export function nextEpochTime({ now, last, elapsedMs, maxStepMs }: ClockReading): EpochTime {
  const earliest = last + 1;
  if (now < earliest) return { time: earliest, fault: 'network.clock-behind' };
  if (elapsedMs === undefined) return { time: now };
  const latest = Math.max(earliest, Math.floor(last + elapsedMs + maxStepMs));
  return now > latest ? { time: latest, fault: 'network.clock-jump' } : { time: now };
}
