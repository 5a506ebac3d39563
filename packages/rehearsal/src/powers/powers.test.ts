import { expect, test } from 'vitest';
import { rehearsePowers } from './powers-world.ts';

test.each([1, 2])('officers who try whatever they like keep the laws of powers (seed %i)', (seed) => {
  const report = rehearsePowers({ seed, events: 900 });
  expect(report.violations).toEqual([]);
  // A rehearsal in which nothing was ever let through, or nothing refused, would prove nothing.
  for (const law of [
    'narrow-power-gives-nothing',
    'stolen-key-counts-for-nothing',
    'rules-loosen-only-after-notice',
    'decided-under-rules-in-force',
    'nobody-loses-by-a-revision',
    'no-adverse-change-before-its-notice',
  ] as const) {
    expect(report.checked[law] ?? 0).toBeGreaterThan(10);
  }
  expect(report.faults['cancellation taken'] ?? 0).toBeGreaterThan(2);
  expect(report.faults['refused: looser'] ?? 0).toBeGreaterThan(2);
});

test('the same seed is the same rehearsal', () => {
  const trace = () => rehearsePowers({ seed: 4, events: 300 }).trace;
  expect(trace()).toBe(trace());
});
