import type { Clock } from '../../ports/clock.ts';

/** How much was promised, late and waiting, at one moment. Counts of payments, applications and whatever else crosses. */
export type CoursePoint = {
  /** Unix milliseconds. */
  readonly at: number;
  /** On its way with a date, and past that date. */
  readonly open: number;
  readonly overdue: number;
  /** Taken in by programs and not looked at yet; of all programs together. */
  readonly waiting: number;
  /** Looked at in a second by this process, of all programs together; absent before anything was. */
  readonly perSecond?: number;
  readonly openCases: number;
  readonly overdueCases: number;
};

/** Half a day, in memory: a restart begins anew. Beyond that the oldest go; telemetry keeps years. */
const MAX_POINTS = 720;
const EVERY_MS = 60_000;

/** How promises and backlogs went over time, one point a minute. A moment that could not be read leaves no point. */
export function createCourseBook(
  clock: Pick<Clock, 'sleep'>,
  look: () => Promise<CoursePoint>,
): { read(): readonly CoursePoint[]; run(signal: AbortSignal): Promise<void> } {
  const points: CoursePoint[] = [];
  return {
    read: () => [...points],
    async run(signal) {
      while (!signal.aborted) {
        const point = await look().catch(() => undefined);
        if (point !== undefined) points.push(point);
        if (points.length > MAX_POINTS) points.shift();
        await clock.sleep(EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}
