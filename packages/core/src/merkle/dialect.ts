import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { CodedError } from '../errors.ts';
import { writeCheckedAddress } from './address.ts';
import type { Leaves, TreeShape } from './tree.ts';
import { parseUint256, UINT128_MAX, UINT256_MAX, WORD_LENGTH, writeUint256 } from './words.ts';

/** Solidity types of a leaf's values. `uint` is `uint256`; Sablier's published trees say it so. */
export const LEAF_TYPES = ['address', 'uint256', 'uint'] as const;
export type LeafType = (typeof LEAF_TYPES)[number];

export type LeafField = 'index' | 'address' | 'amount';

/** Everything that tells one way of publishing a list from another. */
export type Dialect = {
  /** What a leaf is made of, in this order. */
  readonly fields: readonly LeafField[];
  /** `abi`: each value a word of 32 bytes. `packed`: an address takes its 20 (abi.encodePacked). */
  readonly encoding: 'abi' | 'packed';
  readonly hashes: 1 | 2;
  readonly shape: TreeShape;
  /** What the index of a recipient is: its place in the list, or in the sorted EIP-55 addresses. */
  readonly order: 'rows' | 'addresses';
  /** The largest amount that the contracts of this dialect can pay. */
  readonly maxAmount: bigint;
  readonly minCount: number;
  /** How the tree names its leaves' types when it is published. */
  readonly leafEncoding?: readonly LeafType[];
};

export const DIALECT_NAMES = ['openzeppelin', 'uniswap', 'sablier'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  // @openzeppelin/merkle-tree, `standard-v1`.
  openzeppelin: {
    fields: ['address', 'amount'],
    encoding: 'abi',
    hashes: 2,
    shape: 'complete',
    order: 'rows',
    maxAmount: UINT256_MAX,
    minCount: 1,
    leafEncoding: ['address', 'uint256'],
  },
  // Uniswap/merkle-distributor.
  uniswap: {
    fields: ['index', 'address', 'amount'],
    encoding: 'packed',
    hashes: 1,
    shape: 'layered',
    order: 'addresses',
    maxAmount: UINT256_MAX,
    minCount: 1,
  },
  // sablier-labs/merkle-api; its contracts read the amount as a uint128.
  sablier: {
    fields: ['index', 'address', 'amount'],
    encoding: 'abi',
    hashes: 2,
    shape: 'complete',
    order: 'rows',
    maxAmount: UINT128_MAX,
    minCount: 2,
    leafEncoding: ['uint', 'address', 'uint256'],
  },
};

/** Bytes before an address in its word. */
const ADDRESS_PADDING = 12;

/** Leaves of the OpenZeppelin standard tree over values written as text, one row each. Throws `merkle.encoding`. */
export function standardLeaves(
  leafEncoding: readonly LeafType[],
  values: readonly (readonly string[])[],
  keccak: Keccak = keccak256,
): Leaves {
  if (leafEncoding.length === 0 || !leafEncoding.every((type) => LEAF_TYPES.includes(type))) {
    throw new CodedError('merkle.encoding', `The types of a leaf are ${LEAF_TYPES.join(' or ')}, at least one.`);
  }
  return {
    count: values.length,
    width: leafEncoding.length * WORD_LENGTH,
    hashes: 2,
    write: (index, preimage, view) => {
      const row = values[index] ?? [];
      if (row.length !== leafEncoding.length) {
        throw new CodedError('merkle.value', `Each row has ${leafEncoding.length} values, one for each type.`, {
          index,
        });
      }
      for (let i = 0; i < leafEncoding.length; i += 1) {
        const value = row[i] ?? '';
        if (leafEncoding[i] === 'address')
          writeCheckedAddress(value, preimage, i * WORD_LENGTH + ADDRESS_PADDING, keccak);
        else writeUint256(parseUint256(value), view, i * WORD_LENGTH);
      }
    },
  };
}
