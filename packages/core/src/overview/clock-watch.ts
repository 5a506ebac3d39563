import { JUMP_MS } from './ground-findings.ts';

export type ClockReading = {
  /** Unix milliseconds by the wall clock. */
  readonly wallMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: number;
};

/** How the wall clock goes beside one that only counts. */
export type ClockWatch = {
  /** Wall time minus counted time, where it was last taken for right. */
  readonly offsetMs: number;
  /** While it is wrong: by how much, since when (wall time), and when it is taken as it is. */
  readonly jump?: {
    readonly jumpedMs: number;
    readonly since: number;
    readonly takenAt: number;
    readonly untilMs: number;
  };
};

/** Left alone for so long, a clock that has jumped counts as set right: nobody here knows better. */
const TAKEN_AFTER_MS = 600_000;
/** Clocks are slewed by less than this while nobody looks. */
const SLEW_MS = 500;

/** What is known of the clock after one more look at it. */
export function applyClockReading(watch: ClockWatch | undefined, { wallMs, monotonicMs }: ClockReading): ClockWatch {
  const offsetMs = wallMs - monotonicMs;
  if (watch === undefined) return { offsetMs };
  const jumpedMs = offsetMs - watch.offsetMs;
  // Slow corrections are followed, so that years of them are no jump.
  if (Math.abs(jumpedMs) < SLEW_MS) return { offsetMs };
  if (Math.abs(jumpedMs) < JUMP_MS) return { offsetMs: watch.offsetMs };
  const untilMs = watch.jump?.untilMs ?? monotonicMs + TAKEN_AFTER_MS;
  if (monotonicMs >= untilMs) return { offsetMs };
  // By the clock as it is now, whichever way it went since.
  const since = watch.jump === undefined ? wallMs : wallMs - (monotonicMs - (untilMs - TAKEN_AFTER_MS));
  const takenAt = wallMs + untilMs - monotonicMs;
  const jump = { jumpedMs: Math.round(jumpedMs), since: Math.round(since), takenAt: Math.round(takenAt), untilMs };
  return { offsetMs: watch.offsetMs, jump };
}
