import { equalBytes } from '../encoding/bytes.ts';
import { CodedError } from '../errors.ts';
import { type CompactTree, createCompactTree, HASH_LENGTH, nodeHash } from './tree.ts';

/** A complete subtree: leaves `index * 2^level` up to `(index + 1) * 2^level`. */
export type Subtree = { readonly level: number; readonly index: number };

/**
 * Reads the stored hash of a complete subtree at any binary level. Made from tiles by `readerOfTiles`, from leaf hashes
 * by `readerOfLeaves`; a store that is asynchronous first loads what `subtreesRead` lists.
 */
export type ReadHash = (level: number, index: number) => Uint8Array;

/**
 * The complete subtrees that cover leaves `from` (inclusive) to `to` (exclusive), left to right. `from` must be a
 * multiple of the largest power of two that fits, as it is in every split of RFC 6962: then sizes only fall.
 */
function subtreesOf(from: number, to: number): Subtree[] {
  const subtrees: Subtree[] = [];
  let at = from;
  while (at < to) {
    let width = 1;
    let level = 0;
    while (width * 2 <= to - at) {
      width *= 2;
      level += 1;
    }
    subtrees.push({ level, index: at / width });
    at += width;
  }
  return subtrees;
}

/** MTH(D[from:to]) of RFC 6962 section 2.1, from stored hashes. */
function rangeHash(from: number, to: number, readHash: ReadHash): Uint8Array {
  return subtreesOf(from, to)
    .map(({ level, index }) => readHash(level, index))
    .reduceRight((right, left) => nodeHash(left, right));
}

/** Largest power of two smaller than `size`, where RFC 6962 section 2.1 splits a tree of `size` > 1 leaves. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Continues from stored hashes: the compact tree of the first `size` leaves. */
export function compactTreeAt(size: number, readHash: ReadHash): CompactTree {
  assertSize(size);
  return createCompactTree(
    size,
    subtreesOf(0, size).map(({ level, index }) => readHash(level, index)),
  );
}

/**
 * PATH(index, D[size]) of RFC 6962 section 2.1.1: hashes from the leaf's neighbour up. Throws `proof.out-of-range`
 * unless 0 <= index < size.
 */
export function inclusionProof(index: number, size: number, readHash: ReadHash): Uint8Array[] {
  assertSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new CodedError('proof.out-of-range', 'An inclusion proof is for an entry below the tree size.', {
      index,
      size,
    });
  }
  const downwards: Uint8Array[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      downwards.push(rangeHash(middle, to, readHash));
      to = middle;
    } else {
      downwards.push(rangeHash(from, middle, readHash));
      from = middle;
    }
  }
  return downwards.reverse();
}

/**
 * PROOF(from, D[to]) of RFC 6962 section 2.1.2. Throws `proof.out-of-range` unless 0 < from <= to: everything extends
 * the empty tree, so a proof of that proves nothing.
 */
export function consistencyProof(from: number, to: number, readHash: ReadHash): Uint8Array[] {
  assertSize(to);
  if (!Number.isSafeInteger(from) || from < 1 || from > to) {
    throw new CodedError(
      'proof.out-of-range',
      'A consistency proof is from a tree of at least one entry to a later one.',
      {
        from,
        to,
      },
    );
  }
  const downwards: Uint8Array[] = [];
  let start = 0;
  let end = to;
  while (end > from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      downwards.push(rangeHash(middle, end, readHash));
      end = middle;
    } else {
      downwards.push(rangeHash(start, middle, readHash));
      start = middle;
    }
  }
  // The old tree's own root is known to whoever asks, unless only its right part was reached.
  if (start > 0) downwards.push(rangeHash(start, end, readHash));
  return downwards.reverse();
}

function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new CodedError('proof.out-of-range', 'A tree size is a whole number that is not negative.', { size });
  }
}

/** Says which hashes `use` would read, without having any: `subtreesRead((read) => inclusionProof(4, 9, read))`. */
export function subtreesRead(use: (readHash: ReadHash) => unknown): Subtree[] {
  const subtrees: Subtree[] = [];
  use((level, index) => {
    subtrees.push({ level, index });
    return new Uint8Array(HASH_LENGTH);
  });
  return subtrees;
}

/**
 * A reader over leaf hashes in memory. Complete subtrees never change, so each is hashed once and kept; `leafHashes`
 * may grow meanwhile. Throws `proof.missing-hash` for a subtree that is not complete yet.
 */
export function readerOfLeaves(leafHashes: readonly Uint8Array[]): ReadHash {
  const known = new Map<number, Map<number, Uint8Array>>();
  return function readHash(level: number, index: number): Uint8Array {
    if (level === 0) {
      const leaf = leafHashes[index];
      if (leaf === undefined) {
        throw new CodedError('proof.missing-hash', 'A hash of this tree is not there.', { level, index });
      }
      return leaf;
    }
    const row = known.get(level) ?? new Map<number, Uint8Array>();
    known.set(level, row);
    const kept = row.get(index);
    if (kept !== undefined) return kept;
    const hash = nodeHash(readHash(level - 1, 2 * index), readHash(level - 1, 2 * index + 1));
    row.set(index, hash);
    return hash;
  };
}

export type Inclusion = {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/**
 * Does `proof` show that `leafHash` is entry `index` of the tree of `size` entries with this `root`? RFC 9162 section
 * 2.1.3.2, the algorithm RFC 6962 leaves out. Total: any malformed part is `false`.
 */
export function verifyInclusion({ leafHash, index, size, root, proof }: Inclusion): boolean {
  if (!isIndex(index) || !isIndex(size) || index >= size) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  let position = index;
  let last = size - 1;
  let hash = leafHash;
  for (const neighbour of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(neighbour, hash);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, neighbour);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

export type Consistency = {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/**
 * Does `proof` show that the tree of `to` entries only appended to the tree of `from` entries? RFC 9162 section
 * 2.1.4.2. `from` = 0 is `false` here: every log extends the empty tree, so a yes would let a fork pass for history.
 * A protocol that starts from nothing (tlog-witness) decides that case itself. Total: any malformed part is `false`.
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: Consistency): boolean {
  if (!isIndex(from) || !isIndex(to) || from < 1 || from > to) return false;
  if (![fromRoot, toRoot, ...proof].every(isHash)) return false;
  if (from === to) return proof.length === 0 && equalBytes(fromRoot, toRoot);
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) return false;
  let position = from - 1;
  let last = to - 1;
  while (position % 2 === 1) {
    position = half(position);
    last = half(last);
  }
  let older = first;
  let newer = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      older = nodeHash(hash, older);
      newer = nodeHash(hash, newer);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = half(last);
      }
    } else {
      newer = nodeHash(newer, hash);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(older, fromRoot) && equalBytes(newer, toRoot);
}

function isHash(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_LENGTH;
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}

/** Halves without the 32-bit operators, which would wrap a size above 2^31. */
function half(value: number): number {
  return Math.floor(value / 2);
}
