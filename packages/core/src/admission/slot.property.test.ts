import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../encoding/text.ts';
import { applyCursor, COHORTS, cohortOf, createHourlyDigest, HOUR_MS } from './cohort.ts';
import { applyGradient, applyProbe, createGradient } from './gradient.ts';
import { applyPace, clearsInMs, type Pace, promisedBy } from './pace.ts';
import { isInSlot, slotOf } from './slot.ts';

const digest = createHourlyDigest(encodeUtf8('a secret of the door'));
const T0 = 1_800_000_000_000;
const asked = fc.record({
  handle: fc.string({ maxLength: 20 }),
  at: fc.integer({ min: T0, max: T0 + 3 * HOUR_MS }),
  laterMs: fc.nat(2 * HOUR_MS),
  attempt: fc.nat(5),
  fewer: fc.nat(5),
  until: fc.option(fc.integer({ min: T0, max: T0 + 3 * HOUR_MS }), { nil: undefined }),
});

test('no slot gets better by asking again, sooner, or by counting fewer attempts, and none is in the past', () => {
  fc.assert(
    fc.property(asked, ({ handle, at, laterMs, attempt, fewer, until }) => {
      const name = { scope: 'relief', handle };
      const terms = { spreadMs: 16_000, attempt, ...(until === undefined ? {} : { until }) };
      const slot = slotOf(digest, name, at, terms);
      expect(slot).toBeGreaterThanOrEqual(at);
      expect(slotOf(digest, name, at, terms)).toBe(slot);
      expect(slotOf(digest, name, at + laterMs, terms)).toBeGreaterThanOrEqual(slot);
      const honest = slotOf(digest, name, at, { ...terms, attempt: attempt + fewer });
      expect(honest).toBeGreaterThanOrEqual(slot);
      if (until !== undefined && at < until) expect(slot).toBeLessThan(until);
    }),
    { numRuns: 200 },
  );
});

test('who comes in the slot that it was given is in its slot, and about an eighth of all are at any time', () => {
  const names = Array.from({ length: 2000 }, (_, i) => ({ scope: 'relief', handle: `holder ${i}` }));
  const terms = { spreadMs: 16_000, attempt: 1 };
  for (const name of names.slice(0, 200)) {
    expect(isInSlot(digest, name, slotOf(digest, name, T0, terms), terms)).toBe(true);
  }
  const share = names.filter((name) => isInSlot(digest, name, T0 + 5000, terms)).length / names.length;
  expect(share).toBeGreaterThan(0.09);
  expect(share).toBeLessThan(0.16);
});

test('cohorts are even, and in another hour they are others', () => {
  const handles = Array.from({ length: 12_800 }, (_, i) => `holder ${i}`);
  const counts = new Array<number>(COHORTS).fill(0);
  for (const handle of handles) {
    const cohort = cohortOf(digest, handle, T0);
    counts[cohort] = (counts[cohort] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(160);
  const shed = handles.filter((handle) => cohortOf(digest, handle, T0) >= 64);
  const again = shed.filter((handle) => cohortOf(digest, handle, T0 + HOUR_MS) >= 64);
  expect(again.length / shed.length).toBeLessThan(0.6);
});

test('a cursor falls by a twentieth, rises by a hundredth, and is open again within seconds once nothing is left to protect', () => {
  expect(applyCursor(1, { waitMs: 30, quickMs: 20, refusedShare: 0, isIdle: false })).toBeCloseTo(0.95);
  expect(applyCursor(0.5, { waitMs: 3, quickMs: 20, refusedShare: 0, isIdle: false })).toBeCloseTo(0.51);
  expect(applyCursor(1, { waitMs: 30, quickMs: 20, refusedShare: 0.9, isIdle: false })).toBeCloseTo(0.55);
  let share = 1;
  for (let i = 0; i < 1000; i += 1)
    share = applyCursor(share, { waitMs: 900, quickMs: 20, refusedShare: 1, isIdle: false });
  expect(share).toBeGreaterThan(0);
  for (let i = 0; i < 5; i += 1) share = applyCursor(share, { waitMs: 0, quickMs: 20, refusedShare: 0, isIdle: true });
  expect(share).toBe(1);
});

test('a limit stays within its bounds, falls when requests take longer and comes back when they do not', () => {
  const bounds = { least: 4, most: 64, quickMs: 20 };
  let gradient = { limit: 64, usualMs: 10, recentMs: 10 };
  for (let i = 0; i < 30; i += 1) gradient = applyGradient(gradient, { meanMs: 200, mostInFlight: 64 }, bounds);
  expect(gradient.limit).toBeLessThan(16);
  for (let i = 0; i < 200; i += 1) gradient = applyGradient(gradient, { meanMs: 10, mostInFlight: 64 }, bounds);
  expect(gradient.limit).toBe(64);
  // However long it takes, trouble is not taken for what is usual; a probe may raise that, by not more than twice.
  for (let i = 0; i < 10_000; i += 1) gradient = applyGradient(gradient, { meanMs: 500, mostInFlight: 64 }, bounds);
  expect(gradient.usualMs).toBeLessThanOrEqual(10);
  expect(applyProbe(gradient, 500).usualMs).toBe(2 * gradient.usualMs);
  const sample = fc.record({ meanMs: fc.double({ min: 0, max: 1e6, noNaN: true }), mostInFlight: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 50 }), (samples) => {
      let one = createGradient(bounds);
      for (const next of samples) one = applyGradient(one, next, bounds);
      expect(one.limit).toBeGreaterThanOrEqual(4);
      expect(one.limit).toBeLessThanOrEqual(64);
    }),
  );
});

test('what is quick enough keeps nobody from anything, however quick it usually is', () => {
  const bounds = { least: 4, most: 64, quickMs: 100 };
  let gradient = { limit: 8, usualMs: 5, recentMs: 5 };
  for (let i = 0; i < 200; i += 1) gradient = applyGradient(gradient, { meanMs: 90, mostInFlight: 64 }, bounds);
  expect(gradient.limit).toBe(64);
  for (let i = 0; i < 200; i += 1) gradient = applyGradient(gradient, { meanMs: 400, mostInFlight: 64 }, bounds);
  expect(gradient.limit).toBeLessThan(16);
});

test('a pace is what was done over the time it took; a promise leaves room, and where no pace is known there is none', () => {
  let pace: Pace = {};
  expect(promisedBy(100, pace, T0)).toBeUndefined();
  for (let i = 0; i <= 600; i += 1) pace = applyPace(pace, 50, T0 + 1000 * i);
  expect(pace.perSecond).toBeCloseTo(50);
  expect(clearsInMs(1000, pace)).toBe(20_000);
  expect(promisedBy(1000, pace, T0)).toBe(T0 + 100_000);
  expect(applyPace(pace, 0, T0 + 10_000_000, true).perSecond).toBeCloseTo(50);
});
