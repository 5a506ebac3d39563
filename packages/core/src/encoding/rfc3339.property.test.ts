import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodedError } from '../errors.ts';
import { encodeRfc3339, parseRfc3339 } from './rfc3339.ts';

const END_OF_9999 = 253_402_300_799_999;

test('a moment is written as everybody writes it, and read as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: END_OF_9999 }), (timeMs) => {
      const text = encodeRfc3339(timeMs);
      expect(parseRfc3339(text)).toBe(timeMs);
      expect(globalThis.Date.parse(text)).toBe(timeMs);
    }),
  );
});

test('what is no moment in UTC is refused with a code, and never read as another one', () => {
  expect(parseRfc3339('2026-03-01t00:00:00.0019z')).toBe(parseRfc3339('2026-03-01T00:00:00.001+00:00'));
  const wrong = ['2026-02-30T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:60Z', '2026-01-01T00:00:00+01:00'];
  const short = ['', '2026-01-01', '2026-13-01T00:00:00Z', '1969-12-31T23:59:59Z', ' 2026-01-01T00:00:00Z'];
  for (const text of [...wrong, ...short, '2026-00-00T00:00:00Z'])
    expect(() => parseRfc3339(text), text).toThrow(CodedError);
});
