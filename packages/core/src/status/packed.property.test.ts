import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  isStatusBits,
  MAX_STATUS_ENTRIES,
  packedSize,
  packStatuses,
  readStatus,
  type StatusBits,
  unpackStatuses,
  writeStatus,
} from './packed.ts';

const BITS = [1, 2, 4, 8] as const;
const anyBits = fc.constantFrom<StatusBits>(...BITS);
const list = anyBits.chain((bits) =>
  fc.record({ bits: fc.constant(bits), values: fc.uint8Array({ min: 0, max: 2 ** bits - 1, maxLength: 70 }) }),
);

type Vector = {
  readonly name: string;
  readonly input: { readonly bits: StatusBits; readonly lst: string; readonly idx: number };
  readonly expect: { readonly status: number };
};

describe('packed statuses', () => {
  const file = new URL('../../../../spec/vectors/status/valid/token-status-list.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];

  test.each(vectors)('are those of the standard: $name', ({ input, expect: expected }) => {
    const packed = inflateSync(Buffer.from(input.lst, 'base64url'));
    expect(readStatus(packed, input.bits, input.idx)).toBe(expected.status);
  });

  it('are the standard’s bytes when packed', () => {
    const values = Uint8Array.of(1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1);
    expect([...packStatuses(values, 1)]).toEqual([0xb9, 0xa3]);
    expect([...packStatuses(Uint8Array.of(1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3), 2)]).toEqual([0xc9, 0x44, 0xf9]);
  });

  it('start with the least significant bits', () => {
    for (const bits of BITS) {
      expect([...packStatuses(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), bits)][0]).toBe(1);
      const packed = new Uint8Array(bits);
      writeStatus(packed, bits, 8 / bits - 1, 1);
      expect(packed[0]).toBe(1 << (8 - bits));
    }
  });

  it('are read back as they were packed', () => {
    fc.assert(
      fc.property(list, ({ bits, values }) => {
        const packed = packStatuses(values, bits);
        expect(packed.length).toBe(Math.ceil((values.length * bits) / 8));
        expect(unpackStatuses(packed, bits, values.length)).toEqual(values);
        expect([...values].map((_, index) => readStatus(packed, bits, index))).toEqual([...values]);
        expect(packedSize(packed, bits)).toBeGreaterThanOrEqual(values.length);
      }),
    );
  });

  it('change at the index written and at no other', () => {
    fc.assert(
      fc.property(
        list.filter(({ values }) => values.length > 0),
        fc.nat(),
        fc.nat(),
        ({ bits, values }, at, chosen) => {
          const packed = packStatuses(values, bits);
          const index = at % values.length;
          const value = chosen % 2 ** bits;
          writeStatus(packed, bits, index, value);
          expect([...unpackStatuses(packed, bits, values.length)]).toEqual([...values].with(index, value));
        },
      ),
    );
  });

  it('never spill a value too large into a neighbour', () => {
    fc.assert(
      fc.property(anyBits, fc.oneof(fc.integer(), fc.double()), (bits, value) => {
        fc.pre(!(Number.isInteger(value) && value >= 0 && value < 2 ** bits));
        const packed = new Uint8Array(4);
        const refused = expect.objectContaining({ code: 'status.value-out-of-range' });
        expect(() => writeStatus(packed, bits, 1, value)).toThrow(refused);
        expect(packed).toEqual(new Uint8Array(4));
      }),
    );
    for (const bits of BITS) {
      const refused = expect.objectContaining({ code: 'status.value-out-of-range' });
      expect(() => writeStatus(new Uint8Array(4), bits, 1, 2 ** bits)).toThrow(refused);
      writeStatus(new Uint8Array(4), bits, 1, 2 ** bits - 1);
    }
    for (const bits of [1, 2, 4] as const) {
      const values = Uint8Array.of(0, 2 ** bits, 0);
      expect(() => packStatuses(values, bits)).toThrow(
        expect.objectContaining({ code: 'status.value-out-of-range', details: { value: 2 ** bits, bits } }),
      );
    }
  });

  it.each([-1, 16, 2 ** 31, 2 ** 32, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'have no index %d in two bytes of one bit each',
    (index) => {
      const refused = expect.objectContaining({ code: 'status.index-out-of-range' });
      expect(() => readStatus(new Uint8Array(2), 1, index)).toThrow(refused);
      expect(() => writeStatus(new Uint8Array(2), 1, index, 0)).toThrow(refused);
      if (index !== -1) expect(() => unpackStatuses(new Uint8Array(2), 1, index + 1)).toThrow(refused);
    },
  );

  it('are counted by the bytes there are, whatever the bits', () => {
    for (const bits of BITS) {
      const packed = new Uint8Array(3);
      expect(packedSize(packed, bits)).toBe(24 / bits);
      expect(readStatus(packed, bits, 24 / bits - 1)).toBe(0);
      const refused = expect.objectContaining({ code: 'status.index-out-of-range' });
      expect(() => readStatus(packed, bits, 24 / bits)).toThrow(refused);
    }
    expect(unpackStatuses(new Uint8Array(0), 2, 0)).toEqual(new Uint8Array(0));
  });

  it('hold to the last index of the largest list, and no list is larger', () => {
    const packed = new Uint8Array(MAX_STATUS_ENTRIES);
    writeStatus(packed, 8, MAX_STATUS_ENTRIES - 1, 255);
    expect(readStatus(packed, 8, MAX_STATUS_ENTRIES - 1)).toBe(255);
    const refused = expect.objectContaining({ code: 'status.too-many-entries' });
    expect(() => packStatuses(new Uint8Array(MAX_STATUS_ENTRIES + 1), 1)).toThrow(refused);
  });

  it('have 1, 2, 4 or 8 bits', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 16, '1', null, undefined].filter(isStatusBits)).toEqual([1, 2, 4, 8]);
  });
});
