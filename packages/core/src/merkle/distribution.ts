import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { CodedError } from '../errors.ts';
import { ADDRESS_LENGTH, type Address, parseAddress } from './address.ts';
import { rowsByAddress } from './address-order.ts';
import { DIALECTS, type Dialect, type DialectName, type LeafField } from './dialect.ts';
import {
  addressOf,
  amountOf,
  appendRecipient,
  createRecipientTable,
  type RecipientTable,
  rowOfAddress,
} from './recipient-table.ts';
import { type BuildOptions, createMerkleTree, type Leaves, MAX_LEAVES, type MerkleTree } from './tree.ts';
import { UINT256_MAX, WORD_LENGTH } from './words.ts';

/** A list of recipients with the tree of one dialect over it. */
export type Distribution = {
  readonly dialect: DialectName;
  readonly table: RecipientTable;
  /** The row of each index; absent where they are the same. */
  readonly rows?: Uint32Array;
  readonly tree: MerkleTree;
  readonly keccak: Keccak;
};

export type ListedRecipient = { readonly index: number; readonly address: Address; readonly amount: bigint };

/** The same list gives the same tree, whoever builds it. Throws `merkle.size`, and `merkle.too-few` below two in Sablier's. */
export function createDistribution(
  dialect: DialectName,
  table: RecipientTable,
  options: BuildOptions = {},
): Distribution {
  const { keccak = keccak256 } = options;
  const rules = DIALECTS[dialect];
  if (table.count < rules.minCount) {
    throw new CodedError('merkle.too-few', `A list in this dialect has at least ${rules.minCount} recipients.`, {
      dialect,
      count: table.count,
    });
  }
  const rows = rules.order === 'addresses' ? rowsByAddress(table, keccak) : undefined;
  const tree = createMerkleTree(tableLeaves(rules, table, rows), rules.shape, options);
  return { dialect, table, ...(rows === undefined ? {} : { rows }), tree, keccak };
}

/** Throws `merkle.index` for one that is not there. */
export function recipientAt({ table, rows, keccak }: Distribution, index: number): ListedRecipient {
  const row = rows === undefined ? index : rows[index];
  if (row === undefined || !Number.isSafeInteger(row) || row < 0 || row >= table.count) {
    throw new CodedError('merkle.index', `There are recipients 0 to ${table.count - 1}.`, {
      index,
      count: table.count,
    });
  }
  return { index, address: addressOf(table, row, keccak), amount: amountOf(table, row) };
}

/** The index of an address, by looking through the list; of several, the first row's. */
export function findRecipient({ table, rows }: Distribution, address: Address): number | undefined {
  const row = rowOfAddress(table, address);
  if (row === undefined || rows === undefined) return row;
  return rows.indexOf(row);
}

/**
 * The leaf that stands for one recipient; the index is part of it where the dialect says so. Throws `address.malformed`,
 * `address.checksum`, and `merkle.value` for an amount or an index that no leaf can hold.
 */
export function recipientLeafHash(
  dialect: DialectName,
  { index, address, amount }: { readonly index: number; readonly address: string; readonly amount: bigint },
  keccak: Keccak = keccak256,
): Uint8Array {
  if (amount < 0n || amount > UINT256_MAX || !Number.isSafeInteger(index) || index < 0 || index > MAX_LEAVES) {
    throw new CodedError('merkle.value', 'No leaf holds such an amount or index.', { index });
  }
  const rules = DIALECTS[dialect];
  const table = createRecipientTable(1);
  appendRecipient(table, parseAddress(address, keccak), amount);
  const preimage = new Uint8Array(widthOf(rules));
  writeLeaf(rules, table, { row: 0, index }, preimage, new DataView(preimage.buffer));
  const once = keccak(preimage);
  return rules.hashes === 2 ? keccak(once) : once;
}

function tableLeaves(rules: Dialect, table: RecipientTable, rows: Uint32Array | undefined): Leaves {
  return {
    count: table.count,
    width: widthOf(rules),
    hashes: rules.hashes,
    write: (index, preimage, view) =>
      writeLeaf(rules, table, { row: rows === undefined ? index : (rows[index] ?? 0), index }, preimage, view),
  };
}

function widthOf({ fields, encoding }: Dialect): number {
  return fields.reduce((width, field) => width + widthOfField(field, encoding), 0);
}

function widthOfField(field: LeafField, encoding: Dialect['encoding']): number {
  return field === 'address' && encoding === 'packed' ? ADDRESS_LENGTH : WORD_LENGTH;
}

/** Writes every byte that is not always zero: the preimage of one row is written over that of the row before. */
function writeLeaf(
  { fields, encoding }: Dialect,
  { addresses, amounts }: RecipientTable,
  { row, index }: { readonly row: number; readonly index: number },
  preimage: Uint8Array,
  view: DataView,
): void {
  let at = 0;
  for (const field of fields) {
    const end = at + widthOfField(field, encoding);
    if (field === 'index') view.setUint32(end - 4, index);
    else if (field === 'amount') copyBytes(amounts, row * WORD_LENGTH, preimage, at, WORD_LENGTH);
    else copyBytes(addresses, row * ADDRESS_LENGTH, preimage, end - ADDRESS_LENGTH, ADDRESS_LENGTH);
    at = end;
  }
}

/** So short that the loop is faster than a view of the part. */
function copyBytes(from: Uint8Array, start: number, into: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i += 1) into[at + i] = from[start + i] ?? 0;
}
