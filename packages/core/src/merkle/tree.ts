import { equalBytes } from '../encoding/bytes.ts';
import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { assert, CodedError } from '../errors.ts';
import { orderByBuckets } from './bucket-order.ts';
import { compareWords, WORD_LENGTH } from './words.ts';

/** Leaves of one tree: its nodes then take 1 GiB. */
export const MAX_LEAVES = 16_777_216;
/** Hashes of one proof: far above the height of the largest tree. */
const MAX_PROOF_LENGTH = 64;
const PROGRESS_EVERY = 4096;

/**
 * `complete`: OpenZeppelin's, the sorted leaves from the end of an array of 2n - 1 nodes, node i over 2i + 1 and 2i + 2.
 * `layered`: Uniswap's, the sorted leaves in pairs, layer upon layer, an odd last node carried up as it is.
 */
export type TreeShape = 'complete' | 'layered';

/** The leaves of a tree to be: each is written as a preimage of `width` bytes, and hashed once or twice. */
export type Leaves = {
  readonly count: number;
  readonly width: number;
  readonly hashes: 1 | 2;
  readonly write: (index: number, preimage: Uint8Array, view: DataView) => void;
};

export type MerkleTree = {
  readonly shape: TreeShape;
  readonly count: number;
  /** All nodes in one buffer, 32 bytes each. */
  readonly nodes: Uint8Array;
  /** The node of each leaf, by the leaf's index. */
  readonly positions: Uint32Array;
};

export type BuildOptions = {
  readonly keccak?: Keccak;
  /** Called now and then with the hashes made and to be made. */
  readonly onProgress?: (done: number, total: number) => void;
};

/** Throws `merkle.size` unless there are 1 to 16,777,216 leaves. Equal leaves keep their order. */
export function createMerkleTree(leaves: Leaves, shape: TreeShape, options: BuildOptions = {}): MerkleTree {
  const { keccak = keccak256, onProgress } = options;
  const { count } = leaves;
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_LEAVES) {
    throw new CodedError('merkle.size', `A tree has 1 to ${MAX_LEAVES} leaves.`, { count });
  }
  const nodes = new Uint8Array(nodeCount(shape, count) * WORD_LENGTH);
  const total = 2 * count - 1;
  let done = 0;
  const step = () => {
    done += 1;
    if (done % PROGRESS_EVERY === 0) onProgress?.(done, total);
  };
  hashLeaves(leaves, nodes, firstLeaf(shape, count), keccak, step);
  const positions = sortLeaves(nodes, shape, count);
  if (shape === 'complete') hashComplete(nodes, count, keccak, step);
  else hashLayers(nodes, count, keccak, step);
  return { shape, count, nodes, positions };
}

export function merkleRoot({ shape, nodes }: MerkleTree): Uint8Array {
  return shape === 'complete' ? nodes.slice(0, WORD_LENGTH) : nodes.slice(-WORD_LENGTH);
}

/** The hashes from the leaf's sibling up. Throws `merkle.index` for a leaf that is not there. */
export function merkleProof(tree: MerkleTree, index: number): Uint8Array[] {
  return proofPositions(tree, index).map((at) => tree.nodes.slice(at * WORD_LENGTH, (at + 1) * WORD_LENGTH));
}

/** The numbers of the nodes that make up a proof: for whoever writes many without copying. */
export function proofPositions({ shape, count, positions }: MerkleTree, index: number): number[] {
  let at = positions[index];
  if (at === undefined) throw new CodedError('merkle.index', `There are leaves 0 to ${count - 1}.`, { index, count });
  const path: number[] = [];
  if (shape === 'complete') {
    for (; at > 0; at = (at - 1) >>> 1) path.push(at % 2 === 1 ? at + 1 : at - 1);
    return path;
  }
  for (let start = 0, width = count; width > 1; start += width, width = (width + 1) >>> 1, at >>>= 1) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling < width) path.push(start + sibling);
  }
  return path;
}

export type MerkleInclusion = {
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** Does the proof lead from this leaf hash to this root? Total: anything malformed is `false`. */
export function verifyMerkleProof({ leaf, proof, root }: MerkleInclusion, keccak: Keccak = keccak256): boolean {
  if (proof.length > MAX_PROOF_LENGTH) return false;
  if (![leaf, root, ...proof].every(({ length }) => length === WORD_LENGTH)) return false;
  const pair = new Uint8Array(2 * WORD_LENGTH);
  let hash = leaf;
  for (const sibling of proof) {
    pair.set(hash);
    pair.set(sibling, WORD_LENGTH);
    hash = hashPair(pair, 0, WORD_LENGTH, pair.slice(), keccak);
  }
  return equalBytes(hash, root);
}

function nodeCount(shape: TreeShape, count: number): number {
  if (shape === 'complete') return 2 * count - 1;
  let nodes = count;
  for (let width = count; width > 1; ) {
    width = (width + 1) >>> 1;
    nodes += width;
  }
  return nodes;
}

function firstLeaf(shape: TreeShape, count: number): number {
  return shape === 'complete' ? count - 1 : 0;
}

function hashLeaves(leaves: Leaves, nodes: Uint8Array, first: number, keccak: Keccak, step: () => void): void {
  const preimage = new Uint8Array(leaves.width);
  const view = new DataView(preimage.buffer);
  for (let i = 0; i < leaves.count; i += 1) {
    leaves.write(i, preimage, view);
    const once = keccak(preimage);
    nodes.set(leaves.hashes === 2 ? keccak(once) : once, (first + i) * WORD_LENGTH);
    step();
  }
}

/** Sorts the leaf hashes where they lie and gives the node of each leaf. */
function sortLeaves(nodes: Uint8Array, shape: TreeShape, count: number): Uint32Array {
  const first = firstLeaf(shape, count);
  const order = sortedOrder(nodes, first * WORD_LENGTH, count);
  // OpenZeppelin lays the smallest last.
  if (shape === 'complete') order.reverse();
  moveIntoOrder(nodes, first * WORD_LENGTH, order);
  const positions = new Uint32Array(count);
  for (let slot = 0; slot < count; slot += 1) positions[order[slot] ?? 0] = first + slot;
  return positions;
}

/** Leaf indices by hash, then by index. */
function sortedOrder(nodes: Uint8Array, from: number, count: number): Uint32Array {
  return orderByBuckets({
    count,
    buckets: 65_536,
    bucketOf: (i) => ((nodes[from + i * WORD_LENGTH] ?? 0) << 8) | (nodes[from + i * WORD_LENGTH + 1] ?? 0),
    compare: (a, b) => compareWords(nodes, from + a * WORD_LENGTH, from + b * WORD_LENGTH),
  });
}

/** Moves word `order[slot]` to `slot`, following each cycle once: a second buffer would double what a million need. */
function moveIntoOrder(nodes: Uint8Array, from: number, order: Uint32Array): void {
  const moved = new Uint8Array(order.length);
  for (let start = 0; start < order.length; start += 1) {
    if (moved[start] === 1) continue;
    const kept = nodes.slice(from + start * WORD_LENGTH, from + (start + 1) * WORD_LENGTH);
    let slot = start;
    for (let source = order[slot] ?? start; source !== start; slot = source, source = order[slot] ?? start) {
      nodes.copyWithin(from + slot * WORD_LENGTH, from + source * WORD_LENGTH, from + (source + 1) * WORD_LENGTH);
      moved[slot] = 1;
    }
    nodes.set(kept, from + slot * WORD_LENGTH);
    moved[slot] = 1;
  }
}

function hashComplete(nodes: Uint8Array, count: number, keccak: Keccak, step: () => void): void {
  const pair = new Uint8Array(2 * WORD_LENGTH);
  for (let i = count - 2; i >= 0; i -= 1) {
    const left = (2 * i + 1) * WORD_LENGTH;
    nodes.set(hashPair(nodes, left, left + WORD_LENGTH, pair, keccak), i * WORD_LENGTH);
    step();
  }
}

function hashLayers(nodes: Uint8Array, count: number, keccak: Keccak, step: () => void): void {
  const pair = new Uint8Array(2 * WORD_LENGTH);
  let start = 0;
  let next = count;
  for (let width = count; width > 1; width = (width + 1) >>> 1) {
    for (let i = 0; i < width; i += 2) {
      const left = (start + i) * WORD_LENGTH;
      if (i + 1 === width) nodes.copyWithin(next * WORD_LENGTH, left, left + WORD_LENGTH);
      else nodes.set(hashPair(nodes, left, left + WORD_LENGTH, pair, keccak), next * WORD_LENGTH);
      next += 1;
      step();
    }
    start += width;
  }
  assert(next * WORD_LENGTH === nodes.length, 'a layered tree fills its buffer');
}

/** keccak(min || max) of two words of `bytes`: sorted pairs need no sides in their proofs. */
function hashPair(bytes: Uint8Array, a: number, b: number, pair: Uint8Array, keccak: Keccak): Uint8Array {
  const [low, high] = compareWords(bytes, a, b) <= 0 ? [a, b] : [b, a];
  for (let i = 0; i < WORD_LENGTH; i += 1) {
    pair[i] = bytes[low + i] ?? 0;
    pair[WORD_LENGTH + i] = bytes[high + i] ?? 0;
  }
  return keccak(pair);
}
