import { CodedError } from '../errors.ts';

/** Bytes of a hash, and of one word of the Solidity ABI. */
export const WORD_LENGTH = 32;

export const UINT128_MAX = (1n << 128n) - 1n;
export const UINT256_MAX = (1n << 256n) - 1n;

/** Writes a number below 2^256 as one big-endian word. */
export function writeUint256(value: bigint, view: DataView, at: number): void {
  let rest = value;
  for (let i = 24; i >= 0; i -= 8) {
    view.setBigUint64(at + i, BigInt.asUintN(64, rest));
    rest >>= 64n;
  }
}

export function readUint256(view: DataView, at: number): bigint {
  const low = (view.getBigUint64(at + 16) << 64n) | view.getBigUint64(at + 24);
  const high = (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
  return high === 0n ? low : (high << 128n) | low;
}

/** A uint256 as trees are published with: decimal, or hexadecimal behind 0x. Throws `merkle.value` otherwise. */
export function parseUint256(text: string): bigint {
  const value = /^(?:[0-9]{1,78}|0x[0-9a-fA-F]{1,64})$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > UINT256_MAX) {
    throw new CodedError('merkle.value', 'A uint256 is a decimal number below 2^256, or hexadecimal behind 0x.');
  }
  return value;
}

/** Compares two 32-byte words of one buffer: negative, zero or positive. */
export function compareWords(bytes: Uint8Array, a: number, b: number): number {
  for (let i = 0; i < WORD_LENGTH; i += 1) {
    const difference = (bytes[a + i] ?? 0) - (bytes[b + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
