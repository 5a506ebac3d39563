import { expect, it } from 'vitest';
import { reversedEntries } from './reversal.ts';

const list = (bits: 1 | 2 | 4 | 8, ...bytes: number[]) => ({ bits, packed: Uint8Array.from(bytes) });
const found = (before: ReturnType<typeof list>, after: ReturnType<typeof list>) => {
  const reversed = reversedEntries(before, after, new Set());
  return reversed === 'too many' ? reversed : [...reversed];
};

it('finds what was revoked and is not any more, and nothing else', () => {
  expect(found(list(1, 0b1010_0001), list(1, 0b1000_0000))).toEqual([0, 5]);
  expect(found(list(2, 0b11_10_01_00), list(2, 0b00_00_00_00))).toEqual([1]);
  expect(found(list(4, 0x21, 0x10), list(4, 0x22, 0x10))).toEqual([0]);
  expect(found(list(8, 1, 2, 0, 1), list(8, 1, 0, 0, 2))).toEqual([3]);
  expect(found(list(2, 0b01), list(2, 0b01))).toEqual([]);
});

it('compares lists of different width entry by entry, and takes a shorter one for taking back', () => {
  expect(found(list(1, 0b101), list(2, 0b01_00_01))).toEqual([]);
  expect(found(list(1, 0b101), list(2, 0b00_00_01))).toEqual([2]);
  // The same byte, read with another width.
  expect(found(list(1, 0b101), list(2, 0b101))).toEqual([2]);
  expect(found(list(1, 1, 1), list(1, 1))).toEqual([8]);
});

it('keeps what was found before, and stops counting at its bound', () => {
  expect(reversedEntries(list(1, 1), list(1, 0), new Set([7]))).toEqual(new Set([7, 0]));
  const all = { bits: 1, packed: new Uint8Array(2000).fill(255) } as const;
  expect(reversedEntries(all, list(1), new Set())).toBe('too many');
  expect(reversedEntries(list(1), list(1), 'too many')).toBe('too many');
});
