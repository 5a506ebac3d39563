import { manualCourse, manualRate, type NetworkState } from '@holdfast/core';
import { type HandoffSource, readHandoffs } from '../http/handoffs.ts';
import type { Course } from '../http/overview/trace-routes.ts';
import { casesOf, promisesOf } from '../http/status-page/status-state.ts';
import type { Backlog } from '../roles/distributor/intake-pace.ts';
import type { CoursePoint } from '../roles/overview/course-book.ts';

/** What is read for one point of a network's course. */
export type CoursePlace = {
  readonly state: () => Readonly<NetworkState>;
  readonly handoffs: readonly HandoffSource[];
  readonly backlogs: () => Promise<readonly Pick<Backlog, 'waiting' | 'perSecond'>[]>;
};

export async function pointOf({ handoffs, backlogs, state }: CoursePlace, now: number): Promise<CoursePoint> {
  const [crossing, programs] = await Promise.all([readHandoffs(handoffs), backlogs()]);
  const { open, overdue } = promisesOf(crossing, state(), now);
  const { open: openCases, overdue: overdueCases } = casesOf(state(), now);
  const paces = programs.flatMap(({ perSecond }) => perSecond ?? []);
  return {
    ...{ at: now, open, overdue, openCases, overdueCases },
    waiting: programs.reduce((sum, { waiting }) => sum + waiting, 0),
    ...(paces.length === 0 ? {} : { perSecond: paces.reduce((sum, pace) => sum + pace, 0) }),
  };
}

export function courseOf(state: Readonly<NetworkState>, points: readonly CoursePoint[]): Course {
  const rate = manualRate(state);
  const late = [...state.late].map(([issuer, entries]) => ({
    issuer,
    count: entries.reduce((sum, { count }) => sum + count, 0),
  }));
  return {
    manual: rate === undefined ? null : { rate, parts: manualCourse(state) },
    lateRevocations: late.filter(({ count }) => count > 0),
    points,
  };
}
