import { CodedError } from '../errors.ts';

/** Herd privacy: a shorter list would tell who is on it (Bitstring Status List, "Minimum bitstring length"). */
export const MIN_BITSTRING_ENTRIES = 131_072;

/**
 * The W3C projection of a list with one byte per index: a bit is set where the status equals `status` (1 for a list of
 * purpose `revocation`, 2 for `suspension`). Most significant bit first, the opposite of `packStatuses`; padded with
 * zeros to the minimum length.
 */
export function packBitstring(values: Uint8Array, status: number): Uint8Array {
  const packed = new Uint8Array(Math.ceil(Math.max(values.length, MIN_BITSTRING_ENTRIES) / 8));
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] === status) packed[i >>> 3] = (packed[i >>> 3] ?? 0) | (0x80 >>> (i & 7));
  }
  return packed;
}

/** The value of `size` bits at `index`, most significant first. Throws `status.index-out-of-range`. */
export function readBitstringValue(packed: Uint8Array, index: number, size: number): number {
  let value = 0;
  for (let bit = 0; bit < size; bit += 1) value = value * 2 + readBitstring(packed, index * size + bit);
  return value;
}

/** The bit at `index`, most significant first. Throws `status.index-out-of-range`. */
export function readBitstring(packed: Uint8Array, index: number): 0 | 1 {
  if (!Number.isInteger(index) || index < 0 || index >= packed.length * 8) {
    throw new CodedError('status.index-out-of-range', 'This list has no such index.', { index });
  }
  return (((packed[Math.floor(index / 8)] ?? 0) >>> (7 - (index % 8))) & 1) === 1 ? 1 : 0;
}
