import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeId,
  encodeUtf8,
  parseBase64,
  parseBase64url,
  parseBase64urlText,
  parseHex,
  parseUtf8,
} from './text.ts';

const coded = (code: string) => expect.objectContaining({ code });
const bytes = fc.uint8Array({ maxLength: 100 }).map((value) => Uint8Array.from(value));

const formats: [string, (bytes: Uint8Array) => string, (text: string) => Uint8Array, string][] = [
  ['base64url', encodeBase64url, parseBase64url, 'encoding.base64url'],
  ['base64', encodeBase64, parseBase64, 'encoding.base64'],
  ['hexadecimal', encodeHex, parseHex, 'encoding.hex'],
];

test.each(formats)('%s is read back as the bytes it was written from', (_name, encode, parse) => {
  fc.assert(fc.property(bytes, (value) => void expect(parse(encode(value))).toEqual(value)));
});

test.each(formats)('only one text is read as the %s of some bytes', (_name, encode, parse, code) => {
  const character = fc.constantFrom(...'ABCDQYgwxz0189abcdef+/-_== \n\t\u00e9\u0141%');
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: character, maxLength: 12 }), bytes.map(encodeBase64)), (text) => {
      try {
        expect(encode(parse(text))).toBe(text);
      } catch (error) {
        expect(error).toEqual(coded(code));
      }
    }),
    { numRuns: 500 },
  );
});

test.each(['AA==', 'AA=', 'AB', 'A', 'AAA\n', ' AAA', 'AA+A', 'AA/A', 'AAAAA', 'AA.A', 'A\u0141AA', '='])(
  'base64url does not accept %j',
  (text) => {
    expect(() => parseBase64url(text)).toThrowError(coded('encoding.base64url'));
  },
);

test.each([
  'AA',
  'AA=',
  'AB==',
  'AAB=',
  'AA===',
  'AAAA=',
  'AAAA==',
  'AA=A',
  '=',
  '==',
  'AA-A',
  'AA_A',
  'AA==\n',
  'AAA',
])('base64 does not accept %j', (text) => {
  expect(() => parseBase64(text)).toThrowError(coded('encoding.base64'));
});

test.each(['0', 'AB', '0g', ' 0', '0x', '00\n'])('hexadecimal does not accept %j', (text) => {
  expect(() => parseHex(text)).toThrowError(coded('encoding.hex'));
});

test('base64 of nothing but padding is refused in one pass over it', () => {
  expect(() => parseBase64(`${'='.repeat(3_000_000)}A`)).toThrowError(coded('encoding.base64'));
  expect(() => parseBase64('='.repeat(3_000_000))).toThrowError(coded('encoding.base64'));
});

test('RFC 4648 section 10 is met', () => {
  const vectors = { f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foob: 'Zm9vYg==', fooba: 'Zm9vYmE=', foobar: 'Zm9vYmFy' };
  for (const [text, base64] of Object.entries(vectors)) {
    expect(encodeBase64(encodeUtf8(text))).toBe(base64);
    expect(parseUtf8(parseBase64(base64))).toBe(text);
    expect(parseUtf8(parseBase64url(base64.replaceAll('=', '')))).toBe(text);
  }
  expect(encodeHex(encodeUtf8('foobar'))).toBe('666f6f626172');
});

test('an id begins with a letter, whatever its bytes, and differs where they do', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (random) => {
      const id = encodeId(random);
      expect(id).toMatch(/^[A-Za-f][A-Za-z0-9_-]{21}$/);
      const other = random.map((byte, i) => (i === 15 ? byte ^ 1 : byte));
      expect(encodeId(other)).not.toBe(id);
    }),
  );
  const dash = Uint8Array.of(0xf8, 0, 0);
  expect(encodeBase64url(dash)).toMatch(/^-/);
  expect(encodeId(dash)).toMatch(/^[A-Za-f]/);
  // What it is given stays as it is.
  expect(dash[0]).toBe(0xf8);
});

test('whole characters survive UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseUtf8(encodeUtf8(text))).toBe(text);
    }),
  );
});

test('text in base64url is read in one step as in two, and refused alike', () => {
  fc.assert(
    fc.property(
      fc.oneof(bytes.map(encodeBase64url), fc.string({ unit: fc.constantFrom(...'ABgw_-=+ ') })),
      (encoded) => {
        const outcome = (run: () => string) => {
          try {
            return run();
          } catch (error) {
            return error;
          }
        };
        expect(outcome(() => parseBase64urlText(encoded))).toEqual(outcome(() => parseUtf8(parseBase64url(encoded))));
      },
    ),
  );
});

test('bytes that are not UTF-8 are refused, never patched', () => {
  for (const wrong of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x41, 0xe2, 0x82]]) {
    expect(() => parseUtf8(Uint8Array.from(wrong))).toThrowError(coded('encoding.utf8'));
  }
});
