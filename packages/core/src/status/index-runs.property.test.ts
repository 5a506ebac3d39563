import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../encoding/text.ts';
import { decodeIndices, encodeIndices } from './index-runs.ts';

const sets = fc.uniqueArray(fc.nat({ max: 2 ** 24 }), { minLength: 1, maxLength: 60 });
const asText = (...bytes: number[]) => encodeBase64url(Uint8Array.from(bytes));

describe('indices in few bytes', () => {
  it('are read as they were written, in whatever order, and in one spelling', () => {
    fc.assert(
      fc.property(sets, (indices) => {
        const text = encodeIndices(indices);
        const found = decodeIndices(text, 60);
        expect(found).toEqual([...indices].sort((a, b) => a - b));
        expect(encodeIndices([...indices].reverse())).toBe(text);
      }),
    );
  });

  it('are refused where anybody could have written them otherwise, or where they do not end', () => {
    for (const bytes of [[0], [1, 0], [129, 0], [129], [255, 255, 255, 255, 1]]) {
      expect(decodeIndices(asText(...bytes), 10)).toBeUndefined();
    }
    expect(decodeIndices('no base64url!', 10)).toBeUndefined();
    expect(decodeIndices(asText(1, 1, 1), 2)).toBeUndefined();
    expect(decodeIndices(asText(1, 1, 1), 3)).toEqual([0, 1, 2]);
    expect(() => encodeIndices([1, 1])).toThrow(expect.objectContaining({ code: 'status.indices' }));
    expect(() => encodeIndices([-1])).toThrow(expect.objectContaining({ code: 'status.indices' }));
  });

  it('garbage is an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const found = decodeIndices(encodeBase64url(bytes), 40);
        if (found !== undefined && found.length > 0) expect(encodeIndices(found)).toBe(encodeBase64url(bytes));
      }),
    );
  });
});
