import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBytes, concatBytes, equalBytes, sha256 } from './bytes.ts';
import { encodeHex, encodeUtf8 } from './text.ts';

const bytes = fc.uint8Array({ maxLength: 6, max: 3 });
const list = (value: Uint8Array) => [...value];

test('joined bytes are all of them in their order, in memory of their own', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
      const joined = concatBytes(...parts);
      expect(list(joined)).toEqual(parts.flatMap(list));
      joined.fill(255);
      expect(parts.flatMap(list).every((byte) => byte <= 3)).toBe(true);
    }),
  );
});

test('bytes are equal when every one is', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(equalBytes(a, b)).toBe(list(a).join() === list(b).join());
      expect(equalBytes(a, a.slice())).toBe(true);
      expect(equalBytes(a, concatBytes(a, Uint8Array.of(0)))).toBe(false);
    }),
  );
});

test('the order of bytes is that of their hexadecimal', () => {
  const wide = fc.uint8Array({ maxLength: 4 });
  fc.assert(
    fc.property(wide, wide, (a, b) => {
      const [left, right] = [encodeHex(a), encodeHex(b)];
      expect(Math.sign(compareBytes(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0);
      expect(Math.sign(compareBytes(b, a)) + Math.sign(compareBytes(a, b))).toBe(0);
    }),
  );
});

test('the hash is SHA-256', () => {
  expect(encodeHex(sha256(encodeUtf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
