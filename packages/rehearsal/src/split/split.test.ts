import { expect, test } from 'vitest';
import { rehearseSplit } from './rehearse-split.ts';

test('a log that shows two histories is found out by whoever sees both, and takes nobody in who has seen the other', async () => {
  const report = await rehearseSplit({ seed: 2, holders: 20 });
  expect(report.violations).toEqual([]);
  expect(report.checked['who-sees-both-holds-a-proof']).toBe(3);
  expect(report.checked['another-history-was-not-read']).toBeGreaterThan(100);
  // Both were believed by somebody for a while, or there was nothing to find out.
  expect(report.verdicts.valid).toBeGreaterThan(100);
  expect(report.verdicts.revoked).toBeGreaterThan(20);
});

test('sound witnesses stand behind one history, and the other one grows old', async () => {
  const report = await rehearseSplit({ seed: 4, isWitnessed: true, holders: 20 });
  expect(report.violations).toEqual([]);
  expect(report.checked['one-history-is-confirmed']).toBeGreaterThan(100);
  expect(report.checked['who-sees-both-holds-a-proof']).toBe(3);
});
