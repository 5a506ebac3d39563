import { expect, test } from 'vitest';
import { rehearseSuccession } from './rehearse-succession.ts';

test('a log that is lost is succeeded in the middle of everything', async () => {
  const report = await rehearseSuccession({ seed: 4, ending: 'lost', holders: 12 });
  expect(report.violations).toEqual([]);
  // Six who follow and four lies, each of them also told to somebody new; and the true one.
  expect(report.checked['succeeded-by-the-quorum-alone']).toBe(29);
  // One was away for the last part, and a copy by a stolen key was nearer at hand than the true one.
  expect(report.faults['copy by a stolen key']).toBeGreaterThan(0);
  expect(report.checked['copies-give-only-the-quorums-tree']).toBe(2);
  expect(report.checked['told-and-gone-over']).toBe(6);
  expect(report.checked['no-revocation-is-undone']).toBeGreaterThan(20);
  expect(report.money).toMatchObject({ programs: 2, ended: 2 });
});

test('a log that has shown two histories is succeeded, also by those who halted at them', async () => {
  const report = await rehearseSuccession({ seed: 9, ending: 'forked', holders: 12, isWitnessed: true });
  expect(report.violations).toEqual([]);
  expect(report.checked['told-and-gone-over']).toBe(6);
  // Two witnesses are sound, one of whom had signed the other history: both are asked by four liars, and for the old log again.
  expect(report.checked['witnesses-follow-the-quorum']).toBe(8);
  expect(report.checked['ended-log-gets-no-cosignature']).toBe(2);
  expect(report.checked['confirmed-again-in-the-next-log']).toBe(6);
  expect(report.checked['changed-keys-stay-changed']).toBe(6);
  expect(report.checked['what-was-read-before-counts']).toBeGreaterThan(20);
  expect(report.checked['another-history-was-not-read']).toBeGreaterThan(5);
  expect(report.checked['paid-across-logs']).toBeGreaterThan(5);
  expect(report.money).toMatchObject({ programs: 2, ended: 2 });
});
