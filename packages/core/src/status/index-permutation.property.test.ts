import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permuteIndex } from './index-permutation.ts';
import { MAX_STATUS_ENTRIES } from './packed.ts';

const key = fc.uint8Array({ minLength: 16, maxLength: 32 });
const KEY = new Uint8Array(32).fill(7);

function all(size: number, under: Uint8Array): number[] {
  return Array.from({ length: size }, (_, sequence) => permuteIndex(sequence, size, under));
}

describe('the index of a credential', () => {
  it('is given once for each sequence number, for any size and key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), key, (size, under) => {
        const indices = all(size, under);
        expect(new Set(indices).size).toBe(size);
        expect(Math.min(...indices)).toBe(0);
        expect(Math.max(...indices)).toBe(size - 1);
      }),
      { numRuns: 60 },
    );
  });

  it('is given once each around powers of two, where the halves of the cipher are unequal', () => {
    for (const size of [1, 2, 3, 4, 5, 511, 512, 513, 2047]) expect(new Set(all(size, KEY)).size).toBe(size);
  });

  it('lies inside the largest list, and two never meet there', () => {
    const sequence = fc.nat(MAX_STATUS_ENTRIES - 1);
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 20, max: MAX_STATUS_ENTRIES }), sequence, sequence, (size, a, b) => {
        const [first, second] = [permuteIndex(a % size, size, KEY), permuteIndex(b % size, size, KEY)];
        expect(first).toBeLessThan(size);
        expect(first === second).toBe(a % size === b % size);
      }),
    );
  });

  it('is the same again for the same key, because a crash may ask twice', () => {
    expect(all(100, KEY)).toEqual(all(100, Uint8Array.from(KEY)));
  });

  it('stays what it is: these lists are opened once and used for years', () => {
    expect(Array.from({ length: 5 }, (_, i) => permuteIndex(i, 2 ** 20, KEY))).toMatchInlineSnapshot(`
      [
        1041678,
        119068,
        799412,
        179499,
        646661,
      ]
    `);
    expect(all(7, KEY)).toMatchInlineSnapshot(`
      [
        1,
        6,
        2,
        4,
        0,
        5,
        3,
      ]
    `);
  });

  it('tells nothing of the sequence without the key: neighbours part, keys and sizes differ', () => {
    const size = 4096;
    const indices = all(size, KEY);
    const steps = indices.slice(1).map((index, i) => (index - (indices[i] ?? 0) + size) % size);
    // A counter, or a multiple of one, would repeat its step; at random each step is taken about once.
    const counts = new Map<number, number>();
    for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeLessThan(12);
    const other = all(size, Uint8Array.from(KEY).with(0, 8));
    const same = (a: readonly number[], b: readonly number[]) => a.filter((index, i) => index === b[i]).length;
    expect(same(indices, other)).toBeLessThan(12);
    expect(same(indices, all(size - 1, KEY))).toBeLessThan(12);
  });

  it.each([
    [0, 0],
    [0, 0.5],
    [0, MAX_STATUS_ENTRIES + 1],
    [0, Number.NaN],
    [-1, 8],
    [8, 8],
    [0.5, 8],
  ])('is refused for sequence %d of %d', (sequence, size) => {
    const refused = expect.objectContaining({ code: 'status.index-out-of-range' });
    expect(() => permuteIndex(sequence, size, KEY)).toThrow(refused);
  });

  it('is refused under a key that could be guessed', () => {
    const refused = expect.objectContaining({ code: 'status.key-short' });
    expect(() => permuteIndex(0, 8, new Uint8Array(15))).toThrow(refused);
  });
});
