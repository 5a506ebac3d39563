import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodePersonCode, parsePersonCode, personCodeDigest } from './person-code.ts';

const kind = fc.constantFrom('application' as const, 'credential' as const);
const secret = fc.uint8Array({ minLength: 13, maxLength: 32 });

test('a code is read again as people write it: in capitals, without hyphens, with letters for digits', () => {
  fc.assert(
    fc.property(kind, secret, (of, bytes) => {
      const code = encodePersonCode(of, bytes);
      expect(code).toMatch(/^[ak](-[0-9a-hjkmnp-tv-z]{4}){5}$/);
      const written = [code, code.toUpperCase(), code.replace(/-/g, ''), ` ${code.replace(/-/g, ' ')} `];
      const misread = code.slice(0, 2) + code.slice(2).replace(/0/g, 'O').replace(/1/g, 'l');
      for (const text of [...written, misread]) expect(parsePersonCode(text)).toEqual({ kind: of, code });
    }),
  );
});

test('two secrets that differ in their first hundred bits make two codes', () => {
  fc.assert(
    fc.property(secret, fc.integer({ min: 0, max: 95 }), (bytes, bit) => {
      const other = bytes.slice();
      other[12 - (bit >> 3)] = (other[12 - (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
      expect(encodePersonCode('application', other)).not.toBe(encodePersonCode('application', bytes));
    }),
  );
});

test('whatever else is typed is no code', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const read = parsePersonCode(text);
      if (read !== undefined && read.kind !== 'case') expect(parsePersonCode(read.code)).toEqual(read);
    }),
  );
  for (const text of ['', 'a', 'a-uuuu-uuuu-uuuu-uuuu-uuuu', 'x-7k3m-7k3m-7k3m-7k3m-7k3m', 'a'.repeat(101)]) {
    expect(parsePersonCode(text)).toBeUndefined();
  }
  const ofCase = 'A'.repeat(43);
  expect(parsePersonCode(ofCase)).toEqual({ kind: 'case', code: ofCase });
  expect(personCodeDigest('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
