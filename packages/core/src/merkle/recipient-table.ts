import { encodeEip55Address } from '../destination/eip55.ts';
import type { Keccak } from '../encoding/keccak.ts';
import { assert } from '../errors.ts';
import { ADDRESS_LENGTH, type Address, writeAddress } from './address.ts';
import { readUint256, UINT256_MAX, WORD_LENGTH, writeUint256 } from './words.ts';

const FIRST_CAPACITY = 1024;

/** Addresses and amounts in two flat buffers, 52 bytes a recipient. **Changed in place** by `appendRecipient`. */
export type RecipientTable = {
  count: number;
  /** Of every amount, in minor units. */
  total: bigint;
  addresses: Uint8Array;
  amounts: Uint8Array;
};

export function createRecipientTable(capacity = FIRST_CAPACITY): RecipientTable {
  return {
    count: 0,
    total: 0n,
    addresses: new Uint8Array(capacity * ADDRESS_LENGTH),
    amounts: new Uint8Array(capacity * WORD_LENGTH),
  };
}

/** `amount` in minor units, at most 2^256 - 1. */
export function appendRecipient(table: RecipientTable, address: Address, amount: bigint): void {
  assert(amount >= 0n && amount <= UINT256_MAX, 'an amount fits in a uint256');
  if ((table.count + 1) * WORD_LENGTH > table.amounts.length) grow(table);
  writeAddress(address, table.addresses, table.count * ADDRESS_LENGTH);
  writeUint256(amount, viewOf(table.amounts), table.count * WORD_LENGTH);
  table.count += 1;
  table.total += amount;
}

export function amountOf({ amounts }: RecipientTable, row: number): bigint {
  return readUint256(viewOf(amounts), row * WORD_LENGTH);
}

export function addressOf({ addresses }: RecipientTable, row: number, keccak: Keccak): Address {
  let text = '0x';
  for (let i = row * ADDRESS_LENGTH; i < (row + 1) * ADDRESS_LENGTH; i += 1) {
    text += (addresses[i] ?? 0).toString(16).padStart(2, '0');
  }
  return encodeEip55Address(text, keccak) as Address;
}

/** The first row with this address, by looking through them all. */
export function rowOfAddress({ addresses, count }: RecipientTable, address: Address): number | undefined {
  const wanted = new Uint8Array(ADDRESS_LENGTH);
  writeAddress(address, wanted, 0);
  for (let row = 0; row < count; row += 1) {
    const from = row * ADDRESS_LENGTH;
    if (wanted.every((byte, i) => addresses[from + i] === byte)) return row;
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function grow(table: RecipientTable): void {
  const capacity = Math.max(FIRST_CAPACITY, (2 * table.amounts.length) / WORD_LENGTH);
  const addresses = new Uint8Array(capacity * ADDRESS_LENGTH);
  const amounts = new Uint8Array(capacity * WORD_LENGTH);
  addresses.set(table.addresses);
  amounts.set(table.amounts);
  table.addresses = addresses;
  table.amounts = amounts;
}
