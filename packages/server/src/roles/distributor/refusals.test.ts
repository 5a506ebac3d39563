import { expect, test } from 'vitest';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { createRefusals } from './refusals.ts';

test('what is refused again and again is asked at least once a minute, and told at 1, 2, 4, 8', async () => {
  const clock = createManualClock();
  const refusals = createRefusals(clock);
  const told: number[] = [];
  let asked = 0;
  for (let second = 0; second < 600; second += 1) {
    if (refusals.isDue('a')) {
      asked += 1;
      if (refusals.isTold('a')) told.push(asked);
    }
    await clock.advance(1000);
  }
  expect(told).toEqual([1, 2, 4, 8]);
  expect(asked).toBeGreaterThanOrEqual(10);
  expect(asked).toBeLessThan(20);
  expect(refusals.isDue('b')).toBe(true);
  refusals.forget('a');
  expect(refusals.isDue('a')).toBe(true);
  expect(refusals.isTold('a')).toBe(true);
});
