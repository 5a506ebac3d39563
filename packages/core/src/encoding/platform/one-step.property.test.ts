import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64url, encodeUtf8, parseBase64url, parseBase64urlText, parseUtf8 } from '../text.ts';
import * as node from './node.ts';
import * as web from './web.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const encoded = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map(encodeBase64url),
  text.map((value) => encodeBase64url(encodeUtf8(value))),
  fc.string({ unit: fc.constantFrom(...'ABCYZabz0129+/-_= \n\u0141\u00e9.'), maxLength: 24 }),
);

function stepByStep(value: string): string | undefined {
  try {
    return parseUtf8(parseBase64url(value));
  } catch {
    return undefined;
  }
}

describe('the steps that are taken at once', () => {
  test('read base64url of UTF-8 as the separate steps do, on both platforms', () => {
    fc.assert(
      fc.property(encoded, (value) => {
        const expected = stepByStep(value);
        expect(node.base64urlToText(value)).toBe(expected);
        expect(web.base64urlToText(value)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('throw what the separate steps throw', () => {
    expect(parseBase64urlText('e30')).toBe('{}');
    expect(() => parseBase64urlText('e30=')).toThrow(expect.objectContaining({ code: 'encoding.base64url' }));
    expect(() => parseBase64urlText('_w')).toThrow(expect.objectContaining({ code: 'encoding.utf8' }));
  });

  test('hash text as the separate steps do, on both platforms', () => {
    fc.assert(
      fc.property(text, (value) => {
        const expected = encodeBase64url(node.sha256(encodeUtf8(value)));
        expect(node.sha256Base64url(value)).toBe(expected);
        expect(web.sha256Base64url(value)).toBe(expected);
      }),
    );
  });
});
