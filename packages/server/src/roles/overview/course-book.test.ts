import { expect, test } from 'vitest';
import { type CoursePoint, createCourseBook } from './course-book.ts';

test('a point is kept for each look that could be read, the oldest go first, and nothing runs on once it is stopped', async () => {
  const stop = new AbortController();
  let looks = 0;
  const look = async (): Promise<CoursePoint> => {
    looks += 1;
    if (looks % 2 === 0) throw new Error('the database was away');
    return { at: looks, open: 0, overdue: 0, waiting: 0, openCases: 0, overdueCases: 0 };
  };
  const clock = {
    sleep: async () => {
      if (looks === 1500) stop.abort();
    },
  };
  const book = createCourseBook(clock, look);
  await book.run(stop.signal);
  const points = book.read();
  expect([points.length, points[0]?.at, points.at(-1)?.at]).toEqual([720, 61, 1499]);
});
