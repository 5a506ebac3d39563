import { expect, test } from 'vitest';
import { rehearseChecks } from './checks-world.ts';

test.each([1, 2])('external checks keep their laws while their checker hangs and fails, seed %i', async (seed) => {
  const report = await rehearseChecks({ seed });
  expect(report.violations).toEqual([]);
  // A rehearsal in which nothing happens proves nothing.
  expect(report.valid).toBeGreaterThan(100);
  expect(report.calls).toBeGreaterThan(50);
});

test('one seed has one history', async () => {
  expect(await rehearseChecks({ seed: 3 })).toEqual(await rehearseChecks({ seed: 3 }));
});
