import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MIN_BITSTRING_ENTRIES, packBitstring, readBitstring } from './bitstring.ts';
import { packStatuses, readStatus } from './packed.ts';

type Vector = {
  readonly name: string;
  readonly input: { readonly encodedList: string; readonly index: number };
  readonly expect: { readonly value: number };
};

describe('the Bitstring projection', () => {
  const file = new URL('../../../../spec/vectors/status/valid/bitstring.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];

  test.each(vectors)('reads what W3C wrote: $name', ({ input, expect: expected }) => {
    const packed = gunzipSync(Buffer.from(input.encodedList.slice(1), 'base64url'));
    expect(readBitstring(packed, input.index)).toBe(expected.value);
  });

  it('is the example of W3C when nothing is revoked', () => {
    const packed = gunzipSync(Buffer.from(vectors[0]?.input.encodedList.slice(1) ?? '', 'base64url'));
    expect(packBitstring(new Uint8Array(0), 1)).toEqual(new Uint8Array(packed));
  });

  it('starts with the most significant bit, where Token Status List starts with the least', () => {
    const values = new Uint8Array(16);
    values.set([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    expect([...packBitstring(values, 1).subarray(0, 2)]).toEqual([0x9d, 0xc5]);
    expect([...packStatuses(values, 1)]).toEqual([0xb9, 0xa3]);
    // Taken for the other order, the same bytes would revoke whoever has index 2 and spare whoever has index 5.
    expect([2, 5].map((index) => values[index])).toEqual([0, 1]);
    expect([2, 5].map((index) => readBitstring(packStatuses(values, 1), index))).toEqual([1, 0]);
  });

  it('says of each index whether it has the status asked for, as the packed list does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 3, maxLength: 40 }), fc.constantFrom(1, 2), (values, status) => {
        const bitstring = packBitstring(values, status);
        const packed = packStatuses(values, 2);
        for (let i = 0; i < values.length; i += 1) {
          expect(readBitstring(bitstring, i)).toBe(readStatus(packed, 2, i) === status ? 1 : 0);
        }
      }),
    );
  });

  it('is never shorter than herd privacy asks, and as long as the list beyond that', () => {
    expect(packBitstring(new Uint8Array(1), 1)).toHaveLength(MIN_BITSTRING_ENTRIES / 8);
    expect(packBitstring(new Uint8Array(MIN_BITSTRING_ENTRIES + 1), 1)).toHaveLength(MIN_BITSTRING_ENTRIES / 8 + 1);
  });

  it.each([-1, 8, 0.5, Number.NaN, 2 ** 32])('has no index %d in one byte', (index) => {
    const refused = expect.objectContaining({ code: 'status.index-out-of-range' });
    expect(() => readBitstring(new Uint8Array(1), index)).toThrow(refused);
  });
});
