import { expect, test } from 'vitest';
import { rehearseSuccession } from './rehearse-succession.ts';

test('a log that is lost is succeeded in the middle of everything', async () => {
  const report = await rehearseSuccession({ seed: 3, ending: 'lost', holders: 12 });
  expect(report.violations).toEqual([]);
  // Six who follow and three lies, each of them also told to somebody new; and the true one.
  expect(report.checked['succeeded-by-the-quorum-alone']).toBe(22);
  expect(report.checked['told-and-gone-over']).toBe(6);
  expect(report.checked['no-revocation-is-undone']).toBeGreaterThan(20);
  expect(report.money).toMatchObject({ programs: 2, ended: 2 });
});

test('a log that has shown two histories is succeeded, also by those who halted at them', async () => {
  const report = await rehearseSuccession({ seed: 7, ending: 'forked', holders: 12 });
  expect(report.violations).toEqual([]);
  expect(report.checked['told-and-gone-over']).toBe(6);
  expect(report.checked['what-was-read-before-counts']).toBeGreaterThan(20);
  expect(report.checked['another-history-was-not-read']).toBeGreaterThan(5);
  expect(report.checked['paid-across-logs']).toBeGreaterThan(5);
  expect(report.money).toMatchObject({ programs: 2, ended: 2 });
});
