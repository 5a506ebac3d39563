import { expect, test } from 'vitest';
import { applyClockReading, type ClockWatch } from './clock-watch.ts';

const START = 1_800_000_000_000;
const HOUR = 3_600_000;

/** Looks once a second for so many, the wall clock being wrong by `off`. */
function look(watch: ClockWatch | undefined, fromS: number, toS: number, off: number): ClockWatch {
  let known = watch ?? applyClockReading(undefined, { wallMs: START + fromS * 1000 + off, monotonicMs: fromS * 1000 });
  for (let s = fromS; s <= toS; s += 1) {
    known = applyClockReading(known, { wallMs: START + s * 1000 + off, monotonicMs: s * 1000 });
  }
  return known;
}

test.each([HOUR, -HOUR])('a clock that jumped by %i is told of, since when, until it is set right again', (off) => {
  const well = look(undefined, 0, 10, 0);
  expect(well.jump).toBeUndefined();
  const wrong = look(well, 11, 20, off);
  expect(wrong.jump).toMatchObject({ jumpedMs: off, since: START + 11_000 + off });
  expect(look(wrong, 21, 22, 0).jump).toBeUndefined();
});

test('what is said of it is whole milliseconds, whatever the clock that counts has', () => {
  const well = applyClockReading(undefined, { wallMs: START, monotonicMs: 0.25 });
  const { jump } = applyClockReading(well, { wallMs: START + HOUR, monotonicMs: 1000.7 });
  for (const time of [jump?.jumpedMs, jump?.since, jump?.takenAt]) expect(Number.isInteger(time)).toBe(true);
});

test('left alone it counts as set right after ten minutes', () => {
  const wrong = look(look(undefined, 0, 10, 0), 11, 600, HOUR);
  expect(wrong.jump?.takenAt).toBe(START + 611_000 + HOUR);
  expect(look(wrong, 601, 611, HOUR).jump).toBeUndefined();
});

test('a clock that is slewed is followed, however far it goes in a year', () => {
  let watch: ClockWatch | undefined;
  for (let i = 0; i < 1000; i += 1) watch = look(watch, i, i, i * 50);
  expect(watch?.jump).toBeUndefined();
});
