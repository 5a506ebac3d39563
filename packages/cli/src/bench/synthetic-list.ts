import { type Address, type Keccak, parseAddress } from '@holdfast/core/lists';

export const MILLION = 1_000_000;

const STEP = 0x9e3779b97f4a7c15f39cc0605cedc8341082276bn;
const ALL = (1n << 160n) - 1n;

/** The i-th recipient of a list that is the same in every run: addresses spread over all there are. */
export function syntheticAddress(i: number): string {
  return `0x${((BigInt(i + 1) * STEP) & ALL).toString(16).padStart(40, '0')}`;
}

export function syntheticAmount(i: number): bigint {
  return 10n ** 18n + BigInt(i);
}

export function spelledAddress(i: number, keccak: Keccak): Address {
  return parseAddress(syntheticAddress(i), keccak);
}
