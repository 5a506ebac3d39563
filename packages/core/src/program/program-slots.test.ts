import { expect, test } from 'vitest';
import type { Program } from './program.ts';
import { ownSlotAt, slotsOf } from './program-slots.ts';

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

const programOf = (windowMs: number, allocation: object = { mode: 'sealed', rule: 'equal-capped', cap: '10' }) =>
  ({ window: { opensAt: T0, closesAt: T0 + windowMs }, maxApplications: 54_000, allocation }) as unknown as Program;

test('a window has slots of a minute or more, and its last tenth is left for who has to come again', () => {
  expect(slotsOf(programOf(HOUR_MS))).toEqual({
    count: 54,
    everyMs: 60_000,
    from: T0,
    until: T0 + 54 * 60_000,
    each: 1000,
  });
  expect(slotsOf(programOf(1000))).toMatchObject({ count: 1, until: T0 + 1000 });
  expect(slotsOf(programOf(10_000 * HOUR_MS))?.count).toBeLessThanOrEqual(10_000);
});

test('where who comes first is served first there are none', () => {
  expect(
    slotsOf(programOf(HOUR_MS, { mode: 'instant', amount: '1', maxRecipients: 5, firstCome: true })),
  ).toBeUndefined();
  expect(slotsOf(programOf(HOUR_MS, { mode: 'instant', amount: '1', maxRecipients: 5 }))).toBeDefined();
});

test('holders are spread evenly, each at the same moment whoever computes it, and elsewhere in another program', () => {
  const program = programOf(HOUR_MS);
  const slots = Array.from({ length: 5400 }, (_, i) => ownSlotAt(program, 'digest', `holder ${i}`) ?? 0);
  const counts = new Map<number, number>();
  for (const at of slots) {
    expect(at).toBeGreaterThanOrEqual(T0);
    expect(at).toBeLessThan(T0 + 54 * 60_000);
    const index = Math.floor((at - T0) / 60_000);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  expect(counts.size).toBe(54);
  expect(Math.max(...counts.values())).toBeLessThan(160);
  expect(ownSlotAt(program, 'digest', 'holder 0')).toBe(slots[0]);
  expect(ownSlotAt(program, 'other', 'holder 0')).not.toBe(slots[0]);
});
