import { compareBytes, concatBytes, equalBytes } from '../encoding/bytes.ts';
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
  let hash = leaf;
  for (const sibling of proof) {
    hash = keccak(compareBytes(hash, sibling) <= 0 ? concatBytes(hash, sibling) : concatBytes(sibling, hash));
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
  moveIntoOrder(nodes, first, order);
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

/** Four bytes at a time, where they only have to be moved. */
const QUARTERS = WORD_LENGTH / 4;

function quartersOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, 0, bytes.length / 4);
}

/** Moves node `order[slot]` to `slot`, both from `first`, following each cycle once: a second buffer would double the need. */
function moveIntoOrder(nodes: Uint8Array, first: number, order: Uint32Array): void {
  const quarters = quartersOf(nodes).subarray(first * QUARTERS);
  const kept = new Uint32Array(QUARTERS);
  const moved = new Uint8Array(order.length);
  for (let start = 0; start < order.length; start += 1) {
    if (moved[start] === 1) continue;
    copyQuarters(quarters, start, kept, 0);
    let slot = start;
    for (let source = order[slot] ?? start; source !== start; slot = source, source = order[slot] ?? start) {
      copyQuarters(quarters, source, quarters, slot);
      moved[slot] = 1;
    }
    copyQuarters(kept, 0, quarters, slot);
    moved[slot] = 1;
  }
}

function copyQuarters(from: Uint32Array, source: number, into: Uint32Array, target: number): void {
  const [start, end] = [source * QUARTERS, target * QUARTERS];
  for (let i = 0; i < QUARTERS; i += 1) into[end + i] = from[start + i] ?? 0;
}

function hashComplete(nodes: Uint8Array, count: number, keccak: Keccak, step: () => void): void {
  const hashPair = createPairHash(nodes, keccak);
  for (let i = count - 2; i >= 0; i -= 1) {
    hashPair(2 * i + 1, i);
    step();
  }
}

function hashLayers(nodes: Uint8Array, count: number, keccak: Keccak, step: () => void): void {
  const hashPair = createPairHash(nodes, keccak);
  const quarters = quartersOf(nodes);
  let start = 0;
  let next = count;
  for (let width = count; width > 1; width = (width + 1) >>> 1) {
    for (let i = 0; i < width; i += 2) {
      if (i + 1 === width) copyQuarters(quarters, start + i, quarters, next);
      else hashPair(start + i, next);
      next += 1;
      step();
    }
    start += width;
  }
  assert(next * WORD_LENGTH === nodes.length, 'a layered tree fills its buffer');
}

/** Hashes node `left` and the one behind it into node `parent`: keccak(min || max), so proofs need no sides. */
function createPairHash(nodes: Uint8Array, keccak: Keccak): (left: number, parent: number) => void {
  const quarters = quartersOf(nodes);
  const pair = new Uint8Array(2 * WORD_LENGTH);
  const pairQuarters = quartersOf(pair);
  return (left, parent) => {
    const isOrdered = compareWords(nodes, left * WORD_LENGTH, (left + 1) * WORD_LENGTH) <= 0;
    copyQuarters(quarters, isOrdered ? left : left + 1, pairQuarters, 0);
    copyQuarters(quarters, isOrdered ? left + 1 : left, pairQuarters, 1);
    nodes.set(keccak(pair), parent * WORD_LENGTH);
  };
}
