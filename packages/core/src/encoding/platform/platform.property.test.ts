import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as node from './node.ts';
import * as web from './web.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
/** Every UTF-16 text, also with halves of pairs. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), loneSurrogates());

function loneSurrogates() {
  const unit = fc.oneof(fc.integer({ min: 0xd7fe, max: 0xe001 }), fc.constant(0xfffd), fc.nat({ max: 0x2ff }));
  return fc.array(unit, { maxLength: 12 }).map((units) => String.fromCharCode(...units));
}

/** Like well-formed UTF-8 but for its mistakes: overlong forms, halves of pairs, cut sequences, byte order marks. */
const almostUtf8 = fc
  .array(
    fc.oneof(
      fc.constantFrom([0xef, 0xbb, 0xbf], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]),
      fc.constantFrom([0xc3, 0xa9], [0xf0, 0x9f, 0x8c, 0x99], [0x41], [0], [0x80], [0xff]),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

const almostBase64 = fc.string({ unit: fc.constantFrom(...'ABCYZabz0129+/-_= \n\u0141\u00e9.'), maxLength: 24 });

/** The strict reading that `text.ts` makes of the lenient one: the bytes, if they are written as this text again. */
function strictly(platform: typeof node | typeof web, candidate: string): Uint8Array | undefined {
  const read = platform.base64urlToBytes(candidate);
  return platform.bytesToBase64url(read) === candidate ? read : undefined;
}

describe('Node and the web platform agree', () => {
  test('on hashes', () => {
    fc.assert(fc.property(bytes, (value) => void expect(web.sha256(value)).toEqual(node.sha256(value))));
    const long = new Uint8Array(100_003).map((_, i) => i);
    expect(web.sha256(long)).toEqual(node.sha256(long));
  });

  test('on the digest of a text', () => {
    fc.assert(
      fc.property(text, (value) => {
        const steps = node.bytesToBase64url(node.sha256(node.utf8ToBytes(value)));
        expect(node.sha256Base64url(value)).toBe(steps);
        expect(web.sha256Base64url(value)).toBe(steps);
      }),
    );
  });

  test('on the text in base64url, as the single steps do', () => {
    const encoded = fc.oneof(bytes, almostUtf8, text.map(node.utf8ToBytes)).map(node.bytesToBase64url);
    fc.assert(
      fc.property(fc.oneof(almostBase64, encoded), (value) => {
        const read = strictly(node, value);
        const steps = read === undefined ? undefined : node.bytesToUtf8(read);
        expect(node.base64urlToText(value)).toBe(steps);
        expect(web.base64urlToText(value)).toBe(steps);
      }),
      { numRuns: 500 },
    );
  });

  test('on writing UTF-8', () => {
    fc.assert(fc.property(text, (value) => void expect(web.utf8ToBytes(value)).toEqual(node.utf8ToBytes(value))));
  });

  test('on reading UTF-8 and on what is none', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, almostUtf8, text.map(node.utf8ToBytes)), (value) => {
        expect(web.bytesToUtf8(value)).toBe(node.bytesToUtf8(value));
      }),
      { numRuns: 500 },
    );
  });

  test('on writing base64 and base64url', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(web.bytesToBase64(value)).toBe(node.bytesToBase64(value));
        expect(web.bytesToBase64url(value)).toBe(node.bytesToBase64url(value));
      }),
    );
  });

  test('on which texts are base64url, and of what', () => {
    fc.assert(
      fc.property(fc.oneof(almostBase64, bytes.map(node.bytesToBase64url)), (value) => {
        expect(strictly(web, value)).toEqual(strictly(node, value));
      }),
      { numRuns: 500 },
    );
  });
});

describe.each([
  ['Node', node],
  ['the web', web],
])('%s', (_name, platform) => {
  test('reads a view of a larger buffer and nothing beside it', () => {
    const whole = Uint8Array.from({ length: 40 }, (_, i) => i);
    const view = whole.subarray(7, 20);
    const alone = view.slice();
    expect(platform.sha256(view)).toEqual(platform.sha256(alone));
    expect(platform.bytesToBase64(view)).toBe(platform.bytesToBase64(alone));
    expect(platform.bytesToBase64url(view)).toBe(platform.bytesToBase64url(alone));
    expect(platform.bytesToUtf8(view)).toBe(platform.bytesToUtf8(alone));
  });

  test('gives plain Uint8Arrays', () => {
    for (const made of [
      platform.sha256(new Uint8Array(0)),
      platform.utf8ToBytes('\u00e9'),
      platform.base64urlToBytes('AAAA'),
    ]) {
      expect(Object.getPrototypeOf(made)).toBe(Uint8Array.prototype);
    }
  });

  test('keeps a byte order mark, so that two texts never read alike', () => {
    expect(platform.bytesToUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA');
  });

  test('hashes as FIPS 180-4 says', () => {
    expect(platform.bytesToBase64(platform.sha256(platform.utf8ToBytes('abc')))).toBe(
      'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
    );
  });
});
