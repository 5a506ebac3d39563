import { expect, test } from 'vitest';
import { rehearseNetworks } from './networks-world.ts';

test.each([1, 2, 3])('two networks under faults keep the laws of recognition (seed %i)', (seed) => {
  const report = rehearseNetworks({ seed, events: 1500 });
  expect(report.violations).toEqual([]);
  // A rehearsal in which nothing was ever accepted or refused would prove nothing.
  expect(Object.keys(report.verdicts).sort()).toEqual(['invalid', 'revoked', 'unknown', 'valid']);
  for (const law of ['recognition-adds-nothing', 'recognition-ends', 'recognition-counts-no-more'] as const) {
    expect(report.checked[law] ?? 0).toBeGreaterThan(20);
  }
  expect(report.faults.cut ?? 0).toBeGreaterThan(3);
});

test('the same seed is the same rehearsal', () => {
  const trace = () => rehearseNetworks({ seed: 4, events: 300 }).trace;
  expect(trace()).toBe(trace());
});
