import { expect, test } from 'vitest';
import { describeDuration } from './words.ts';

test.each([
  [-5, '0 s'],
  [4400, '4 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
])('%i ms is said as %s', (durationMs, words) => {
  expect(describeDuration(durationMs)).toBe(words);
});
