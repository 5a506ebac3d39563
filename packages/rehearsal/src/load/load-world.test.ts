import { expect, test } from 'vitest';
import { rehearseLoad } from './load-world.ts';

test('under ten times the load, after a blackout and under twenty times the verifications every law of load holds', async () => {
  const report = await rehearseLoad({ seed: 1 });
  expect(report.violations).toEqual([]);
  expect(report.shed).toBeGreaterThan(1000);
  expect(report.goodput['ten times']).toBeGreaterThan(0.05);
});
