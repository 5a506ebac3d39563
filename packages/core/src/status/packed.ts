import { CodedError } from '../errors.ts';

/** How many bits one status takes (Token Status List section 4.1). */
export type StatusBits = 1 | 2 | 4 | 8;

export function isStatusBits(value: unknown): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8;
}

/** The largest list taken from anyone. `size * bits` stays below 2^31, so positions of bits are exact in 32 bits. */
export const MAX_STATUS_ENTRIES = 2 ** 26;

/** How many statuses these packed bytes hold. */
export function packedSize(packed: Uint8Array, bits: StatusBits): number {
  return (packed.length * 8) / bits;
}

/** The status at `index`, least significant bits first. Throws `status.index-out-of-range`. */
export function readStatus(packed: Uint8Array, bits: StatusBits, index: number): number {
  const bit = bitOf(packed, bits, index);
  return ((packed[bit >>> 3] ?? 0) >>> (bit & 7)) & ((1 << bits) - 1);
}

/**
 * Sets the status at `index` in place. Throws `status.index-out-of-range`, or `status.value-out-of-range` rather than
 * spill into a neighbour, who would be revoked instead.
 */
export function writeStatus(packed: Uint8Array, bits: StatusBits, index: number, value: number): void {
  const bit = bitOf(packed, bits, index);
  if (!Number.isInteger(value) || value < 0 || value >= 1 << bits) throw valueOutOfRange(value, bits);
  const shift = bit & 7;
  const mask = ((1 << bits) - 1) << shift;
  packed[bit >>> 3] = ((packed[bit >>> 3] ?? 0) & ~mask) | (value << shift);
}

/** One byte per index to packed bytes. Throws `status.value-out-of-range` or `status.too-many-entries`. */
export function packStatuses(values: Uint8Array, bits: StatusBits): Uint8Array {
  const size = values.length;
  if (size > MAX_STATUS_ENTRIES) {
    throw new CodedError('status.too-many-entries', `A list has at most ${MAX_STATUS_ENTRIES} entries.`, { size });
  }
  const packed = new Uint8Array(Math.ceil((size * bits) / 8));
  let seen = 0;
  for (let i = 0, bit = 0; i < size; i += 1, bit += bits) {
    const value = values[i] ?? 0;
    seen |= value;
    packed[bit >>> 3] = (packed[bit >>> 3] ?? 0) | (value << (bit & 7));
  }
  // One test for all: a value too large for its bits left one of them beyond in `seen`.
  if (seen >>> bits !== 0) throw valueOutOfRange(values.find((value) => value >>> bits !== 0) ?? 0, bits);
  return packed;
}

/** Packed bytes back to one byte per index, for the first `size` indices. Throws `status.index-out-of-range`. */
export function unpackStatuses(packed: Uint8Array, bits: StatusBits, size: number): Uint8Array {
  if (size !== 0) bitOf(packed, bits, size - 1);
  const values = new Uint8Array(size);
  const mask = (1 << bits) - 1;
  for (let i = 0, bit = 0; i < size; i += 1, bit += bits) values[i] = ((packed[bit >>> 3] ?? 0) >>> (bit & 7)) & mask;
  return values;
}

function bitOf(packed: Uint8Array, bits: StatusBits, index: number): number {
  const bit = index * bits;
  if (Number.isInteger(index) && index >= 0 && index < MAX_STATUS_ENTRIES && bit < packed.length * 8) return bit;
  throw new CodedError('status.index-out-of-range', 'This list has no such index.', { index });
}

function valueOutOfRange(value: number, bits: StatusBits): CodedError {
  return new CodedError('status.value-out-of-range', `A status of ${bits} bits cannot be ${value}.`, { value, bits });
}
