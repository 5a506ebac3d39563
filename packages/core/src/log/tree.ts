import { sha256 } from '../encoding/bytes.ts';
import { assert } from '../errors.ts';

/** Bytes of a SHA-256 tree hash. */
export const HASH_LENGTH = 32;

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** Where preimages are laid out: filled and hashed at once, and never handed on. Longer ones get memory of their own. */
const SCRATCH = new Uint8Array(16_385);
const NODE_SCRATCH = new Uint8Array(1 + 2 * HASH_LENGTH);

/** Hash of one entry: SHA-256(0x00 || entry). The prefix keeps an entry from posing as a node (RFC 6962 section 2.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const length = 1 + entry.length;
  const preimage = length <= SCRATCH.length ? SCRATCH.subarray(0, length) : new Uint8Array(length);
  preimage[0] = LEAF_PREFIX;
  preimage.set(entry, 1);
  return sha256(preimage);
}

/** Hash of two subtrees: SHA-256(0x01 || left || right) (RFC 6962 section 2.1). Both must be 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  assert(left.length === HASH_LENGTH && right.length === HASH_LENGTH, 'a tree hash is 32 bytes');
  NODE_SCRATCH[0] = NODE_PREFIX;
  NODE_SCRATCH.set(left, 1);
  NODE_SCRATCH.set(right, 1 + HASH_LENGTH);
  return sha256(NODE_SCRATCH);
}

/**
 * Root of the tree over these leaf hashes (RFC 6962 section 2.1). Pairs level by level; a node without a right
 * neighbour moves up unhashed, which is the same tree as the standard's split at the largest power of two.
 */
export function rootOf(leafHashes: readonly Uint8Array[]): Uint8Array {
  let level = leafHashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] ?? EMPTY_ROOT;
      const right = level[i + 1];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    level = above;
  }
  const root = level[0] ?? EMPTY_ROOT;
  assert(root.length === HASH_LENGTH, 'a tree hash is 32 bytes');
  return root;
}

/**
 * All one must keep to go on appending and to state the root: the roots of the complete subtrees, largest and leftmost
 * first, one for each bit set in `size`, so at most 53. **Changed in place** by `appendLeaf`; take a
 * `copyCompactTree` to look back.
 */
export type CompactTree = { size: number; readonly hashes: Uint8Array[] };

/** The tree of `size` leaves with these subtree roots (largest first), or the empty one. Takes the array over. */
export function createCompactTree(size = 0, hashes: Uint8Array[] = []): CompactTree {
  assert(Number.isSafeInteger(size) && size >= 0, 'a tree size is a safe integer');
  assert(hashes.length === bitCount(size), 'a compact tree has one hash for each bit set in its size');
  assert(
    hashes.every((hash) => hash.length === HASH_LENGTH),
    'a tree hash is 32 bytes',
  );
  return { size, hashes };
}

export function copyCompactTree(tree: CompactTree): CompactTree {
  return { size: tree.size, hashes: [...tree.hashes] };
}

/** Told of every subtree that an append completes: `level` 0 is the leaf; the subtree covers 2^level leaves. */
export type OnComplete = (level: number, index: number, hash: Uint8Array) => void;

/**
 * Appends one leaf in place and returns the same tree; about one node hash on average. `onComplete` hears of each
 * complete subtree in order of level: those at levels 0, 8, 16... are what tiles are made of.
 */
export function appendLeaf(tree: CompactTree, leaf: Uint8Array, onComplete?: OnComplete): CompactTree {
  assert(leaf.length === HASH_LENGTH, 'a tree hash is 32 bytes');
  assert(tree.size < Number.MAX_SAFE_INTEGER, 'a tree size is a safe integer');
  let hash = leaf;
  let level = 0;
  let index = tree.size;
  onComplete?.(level, index, hash);
  while (index % 2 === 1) {
    const left = tree.hashes.pop();
    assert(left !== undefined, 'a compact tree has one hash for each bit set in its size');
    hash = nodeHash(left, hash);
    level += 1;
    index = (index - 1) / 2;
    onComplete?.(level, index, hash);
  }
  tree.hashes.push(hash);
  tree.size += 1;
  return tree;
}

const ROOTS = new WeakMap<CompactTree, { readonly hashes: readonly Uint8Array[]; readonly root: Uint8Array }>();

/**
 * Root of the tree (RFC 6962 section 2.1): the subtree roots hashed together from the right. Remembered for as long as
 * the tree holds these very hashes, as epochs ask again and again for the root of what has not grown.
 */
export function compactRoot(tree: CompactTree): Uint8Array {
  const known = ROOTS.get(tree);
  if (known !== undefined && isSameList(known.hashes, tree.hashes)) return known.root;
  const root = hashTogether(tree);
  ROOTS.set(tree, { hashes: [...tree.hashes], root });
  return root;
}

/** Whether these are the same objects: hashes are never changed in place. */
function isSameList(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => hash === b[i]);
}

function hashTogether(tree: CompactTree): Uint8Array {
  let root: Uint8Array | undefined;
  for (let i = tree.hashes.length - 1; i >= 0; i -= 1) {
    const left = tree.hashes[i] ?? EMPTY_ROOT;
    root = root === undefined ? left : nodeHash(left, root);
  }
  return root ?? EMPTY_ROOT;
}

function bitCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
