import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDateTime } from './date-time.ts';

it('is the moment that every calendar says', () => {
  const moments = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, (moment) => {
      expect(parseDateTime(moment.toISOString())).toBeCloseTo(moment.getTime() / 1000, 3);
    }),
  );
});

it.each([
  ['2010-01-01T19:23:24Z', 1_262_373_804],
  ['2010-01-01T19:23:24+01:00', 1_262_370_204],
  ['2010-01-01T19:23:24-05:30', 1_262_393_604],
  ['2024-02-29T00:00:00Z', 1_709_164_800],
  ['2010-01-01T19:23:24.5Z', 1_262_373_804.5],
])('%s', (text, seconds) => {
  expect(parseDateTime(text)).toBe(seconds);
});

it.each([
  '2010-01-01T19:23:24',
  '2010-01-01',
  '2010-13-01T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2010-01-01T24:00:00Z',
  '2010-01-01T00:00:00+15:00',
  ' 2010-01-01T00:00:00Z',
  '2010-01-01t00:00:00z',
  '',
])('%j has no zone, or is no date', (text) => {
  expect(parseDateTime(text)).toBeUndefined();
});
