import { describe, expect, test } from 'vitest';
import { type RolesRehearsal, rehearseRoles } from '../roles-world.ts';

/** Those in which nothing is left to chance or haste. */
const PREDICTABLE = ['equal', 'pro-rata', 'voucher'] as const;
const MONEY = { minutes: 4, holders: 24, money: true, isQuiet: true } as const;

// A rehearsal is seconds of work; a machine that does much else at once is given minutes.
describe('a rehearsal of programs', () => {
  test('kills a node on either side of each crossing, and every crossing has one owner at every step', async () => {
    const report = await rehearseRoles({ ...MONEY, seed: 3, killsAtEach: true });
    expect(report.violations).toEqual([]);
    const killed = Object.keys(report.faults).filter((fault) => fault.startsWith('crash'));
    expect(killed).toEqual(
      expect.arrayContaining(CROSSINGS.flatMap((step) => [`crash before ${step}`, `crash after ${step}`])),
    );
    expect(report.checked['exactly-one-owner']).toBeGreaterThan(10_000);
    expect(report.checked['acts-are-decided']).toBeGreaterThan(100);
    expect(report.checked['the-last-decision-stands']).toBeGreaterThan(100);
    expect(report.money).toMatchObject({ programs: 5, ended: 5, violations: 0 });
  });

  test.each([4, 7])('kills both sides of every crossing with seed %i', async (seed) => {
    const programs = ['first-come'] as const;
    const { kills, violations } = await rehearseRoles({ ...MONEY, seed, minutes: 3, programs, killsAtEach: true });
    expect(violations).toEqual([]);
    expect(Object.keys(kills ?? {})).toEqual(['application', 'verification', 'transfer', 'settlement', 'decision']);
    const spared = Object.entries(kills ?? {}).filter(([, { giver, taker }]) => giver === 0 || taker === 0);
    expect(spared).toEqual([]);
  });

  test('holds every law under faults, and sees every program to its end', async () => {
    const report = await rehearseRoles({ ...MONEY, seed: 2 });
    expect(report.violations).toEqual([]);
    expect(report.money).toMatchObject({ programs: 5, ended: 5 });
    expect(report.money?.paid).toBeGreaterThan(5);
    expect(report.money?.voided).toBeGreaterThan(0);
  });

  test('sees every program to its end while the distributor changes its key, stolen or not, at whatever step it is', async () => {
    const rotating = { ...MONEY, holders: 12, minutes: 3, isRotating: true };
    const report = await rehearseRoles({ ...rotating, seed: 7, programs: ['equal'] });
    expect(report.violations).toEqual([]);
    expect(report.money).toMatchObject({ programs: 1, ended: 1 });
    const kinds = ['changed', 'stolen'].map((what) => report.faults[`key of the distributor ${what}`] ?? 0);
    expect(kinds.every((times) => times > 0)).toBe(true);
  });

  test('who comes when changes nothing for anybody', async () => {
    const calm: RolesRehearsal = { ...MONEY, seed: 5, minutes: 2, isCalm: true, programs: PREDICTABLE };
    const [usual, mirrored] = [await rehearseRoles(calm), await rehearseRoles({ ...calm, arrivals: 'mirrored' })];
    expect(mirrored.outcomes).toEqual(usual.outcomes);
    expect(new Set(usual.outcomes?.map(({ outcome }) => outcome))).toContain('carried');
    expect(mirrored.trace).not.toBe(usual.trace);
  });

  test('is the same for the same seed', async () => {
    const run = () => rehearseRoles({ ...MONEY, seed: 8, minutes: 2, programs: ['lottery', 'first-come'] });
    const [first, second] = [await run(), await run()];
    expect(first.violations).toEqual([]);
    const { wallSeconds: _, eventsPerSecond: __, ...stated } = first;
    expect(second).toMatchObject(stated);
  });
});

/** Where a node that handles money writes something down. */
const CROSSINGS = [
  'relief accept',
  'relief close',
  'relief statement intake',
  'relief judge',
  'relief admit',
  'relief statement seal',
  'beacon reveal',
  'relief statement draw',
  'relief plan',
  'relief advance reserved',
  'relief advance posted',
  'relief advance carried',
  'settlement plan',
  'settlement batch',
  'settlement acceptance',
  'settlement outcomes',
  'settlement change',
  'ledger commit',
  'ledger open',
  'applicant send',
  'applicant keep',
  'bank accept',
  'authorise',
  'settle',
  'append',
  'ledger fence',
  'north verdict',
  'north standing',
  'north standing erased',
  'relief erase',
  'relief key erased',
];
