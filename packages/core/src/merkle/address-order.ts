import type { Keccak } from '../encoding/keccak.ts';
import { encodeUtf8 } from '../encoding/text.ts';
import { ADDRESS_LENGTH } from './address.ts';
import { orderByBuckets } from './bucket-order.ts';
import type { RecipientTable } from './recipient-table.ts';

const DIGITS = 2 * ADDRESS_LENGTH;
const CASE_BYTES = DIGITS / 8;
/** The digits that choose a bucket, five bits each. */
const BUCKET_DIGITS = 3;

/**
 * The rows sorted by the ASCII of their EIP-55 addresses, digits before capitals before small letters: the order that
 * gives Uniswap's index. 9 bytes a row are kept instead of the spelled addresses; equal addresses keep their order.
 */
export function rowsByAddress({ addresses, count }: RecipientTable, keccak: Keccak): Uint32Array {
  const capitals = new Uint8Array(count * CASE_BYTES);
  const digits = encodeUtf8('0'.repeat(DIGITS));
  for (let row = 0; row < count; row += 1) markCapitals(addresses, capitals, row, digits, keccak);
  const rank = (row: number, digit: number) => rankOf(addresses, capitals, row, digit);
  return orderByBuckets({
    count,
    buckets: 32 ** BUCKET_DIGITS,
    bucketOf: (row) => (rank(row, 0) << 10) | (rank(row, 1) << 5) | rank(row, 2),
    compare: (a, b) => {
      for (let digit = BUCKET_DIGITS; digit < DIGITS; digit += 1) {
        const difference = rank(a, digit) - rank(b, digit);
        if (difference !== 0) return difference;
      }
      return 0;
    },
  });
}

/** One bit for each digit that EIP-55 would raise, letter or not. */
function markCapitals(
  addresses: Uint8Array,
  capitals: Uint8Array,
  row: number,
  digits: Uint8Array,
  keccak: Keccak,
): void {
  for (let i = 0; i < DIGITS; i += 1) {
    const value = nibbleAt(addresses, row * DIGITS + i);
    digits[i] = value < 10 ? 48 + value : 87 + value;
  }
  const hash = keccak(digits);
  for (let i = 0; i < DIGITS; i += 1) {
    const at = row * CASE_BYTES + (i >> 3);
    if (nibbleAt(hash, i) >= 8) capitals[at] = (capitals[at] ?? 0) | (1 << (i & 7));
  }
}

/** 0 to 9 for digits, 10 to 15 for capitals, 26 to 31 for small letters. */
function rankOf(addresses: Uint8Array, capitals: Uint8Array, row: number, digit: number): number {
  const value = nibbleAt(addresses, row * DIGITS + digit);
  if (value < 10) return value;
  const isCapital = ((capitals[row * CASE_BYTES + (digit >> 3)] ?? 0) >> (digit & 7)) & 1;
  return isCapital === 1 ? value : value + 16;
}

function nibbleAt(bytes: Uint8Array, i: number): number {
  return ((bytes[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;
}
