import { expect, test } from 'vitest';
import { rehearsePruned } from './rehearse-pruned.ts';

test('entries are refused by the rules alone, and a snapshot in their place adds to what was read', async () => {
  const denied = await rehearsePruned({ seed: 1, rules: 'denied' });
  expect(denied.violations).toEqual([]);
  expect(denied.checked['refused-only-by-the-rules']).toBe(1);
  const retained = await rehearsePruned({ seed: 2, rules: 'retained' });
  expect(retained.violations).toEqual([]);
  expect(retained.checked).toMatchObject({ 'snapshot-adds-to-what-was-read': 1, 'converges-after-healing': 1 });
});
