import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCodedError } from '../errors.ts';
import {
  compactTreeAt,
  consistencyProof,
  inclusionProof,
  type ReadHash,
  readerOfLeaves,
  subtreesRead,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts';
import { appendLeaf, compactRoot, createCompactTree, HASH_LENGTH, leafHash, nodeHash, rootOf } from './tree.ts';

const LEAVES = Array.from({ length: 600 }, (_, i) => leafHash(Uint8Array.of(i >> 8, i & 255)));
const reader = readerOfLeaves(LEAVES);

/** RFC 6962 section 2.1 as it is written there, for comparison. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (leaves.length <= 1) return only ?? rootOf([]);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

/** A tree whose leaves are all alike: every subtree of a level has one hash, so any size can be stated. */
function readerOfEqualLeaves(): ReadHash {
  const levels = [leafHash(Uint8Array.of(7))];
  for (let level = 1; level <= 53; level += 1) {
    const below = levels[level - 1] ?? new Uint8Array(HASH_LENGTH);
    levels.push(nodeHash(below, below));
  }
  return (level) => levels[level] ?? new Uint8Array(HASH_LENGTH);
}

const sizes = fc.integer({ min: 1, max: LEAVES.length });
const placed = sizes.chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) }));
const grown = sizes.chain((to) => fc.record({ to: fc.constant(to), from: fc.integer({ min: 1, max: to }) }));
const hash = fc.uint8Array({ minLength: HASH_LENGTH, maxLength: HASH_LENGTH });

function rootAt(size: number, read: ReadHash = reader): Uint8Array {
  return compactRoot(compactTreeAt(size, read));
}

test('all ways to a root agree with the recursive definition', () => {
  fc.assert(
    fc.property(fc.nat({ max: LEAVES.length }), (size) => {
      const leaves = LEAVES.slice(0, size);
      const appended = createCompactTree();
      for (const leaf of leaves) appendLeaf(appended, leaf);
      expect(rootOf(leaves)).toEqual(mth(leaves));
      expect(compactRoot(appended)).toEqual(mth(leaves));
      expect(compactTreeAt(size, reader)).toEqual(appended);
    }),
    { numRuns: 60 },
  );
});

test('an inclusion proof verifies at its own place and nowhere else', () => {
  fc.assert(
    fc.property(placed, fc.nat({ max: 700 }), hash, ({ size, index }, otherIndex, otherHash) => {
      const leaf = LEAVES[index] ?? new Uint8Array();
      const inclusion = { leafHash: leaf, index, size, root: rootAt(size), proof: inclusionProof(index, size, reader) };
      expect(verifyInclusion(inclusion)).toBe(true);
      expect(verifyInclusion({ ...inclusion, index: otherIndex })).toBe(otherIndex === index);
      const { proof } = inclusion;
      expect(verifyInclusion({ ...inclusion, leafHash: otherHash })).toBe(false);
      expect(verifyInclusion({ ...inclusion, root: otherHash })).toBe(false);
      expect(verifyInclusion({ ...inclusion, proof: proof.slice(1) })).toBe(proof.length === 0);
      expect(verifyInclusion({ ...inclusion, proof: proof.slice(0, -1) })).toBe(proof.length === 0);
    }),
  );
});

test('a consistency proof verifies for its own two trees and no others', () => {
  fc.assert(
    fc.property(grown, ({ from, to }) => {
      const proof = consistencyProof(from, to, reader);
      const consistency = { from, to, fromRoot: rootAt(from), toRoot: rootAt(to), proof };
      expect(verifyConsistency(consistency)).toBe(true);
      if (from === to) return;
      expect(verifyConsistency({ ...consistency, from: from + 1 })).toBe(false);
      expect(verifyConsistency({ ...consistency, from: to, to: from })).toBe(false);
      expect(verifyConsistency({ ...consistency, fromRoot: rootAt(from - 1) })).toBe(false);
      expect(verifyConsistency({ ...consistency, toRoot: rootAt(to - 1) })).toBe(false);
      expect(verifyConsistency({ ...consistency, proof: proof.slice(1) })).toBe(false);
      expect(verifyConsistency({ ...consistency, proof: proof.slice(0, -1) })).toBe(false);
    }),
  );
});

test('no log that rewrote an old entry proves itself consistent with what was seen', () => {
  fc.assert(
    fc.property(grown, fc.nat(), hash, ({ from, to }, seed, forged) => {
      const changed = LEAVES.with(seed % from, forged);
      const forkReader = readerOfLeaves(changed);
      const consistency = {
        from,
        to,
        fromRoot: rootAt(from),
        toRoot: rootAt(to, forkReader),
        proof: consistencyProof(from, to, forkReader),
      };
      expect(verifyConsistency(consistency)).toBe(false);
    }),
  );
});

test('a hash inserted, changed, cut short or added anywhere breaks a proof', () => {
  fc.assert(
    fc.property(placed, grown, fc.nat(), hash, ({ size, index }, { from, to }, seed, extra) => {
      const leaf = LEAVES[index] ?? extra;
      const inclusion = { leafHash: leaf, index, size, root: rootAt(size), proof: inclusionProof(index, size, reader) };
      for (const proof of damaged(inclusion.proof, seed, extra)) {
        expect(verifyInclusion({ ...inclusion, proof })).toBe(false);
      }
      const roots = { fromRoot: rootAt(from), toRoot: rootAt(to) };
      for (const proof of damaged(consistencyProof(from, to, reader), seed, extra)) {
        expect(verifyConsistency({ from, to, ...roots, proof })).toBe(false);
      }
    }),
    { numRuns: 60 },
  );
});

function damaged(proof: readonly Uint8Array[], seed: number, extra: Uint8Array): Uint8Array[][] {
  const at = seed % (proof.length + 1);
  const inserted = [...proof.slice(0, at), extra, ...proof.slice(at)];
  const hit = proof[at];
  if (hit === undefined) return [inserted];
  const flipped = Uint8Array.from(hit, (byte, i) => (i === seed % HASH_LENGTH ? byte ^ (1 << (seed % 8)) : byte));
  return [inserted, proof.with(at, flipped), proof.with(at, hit.slice(0, -1)), proof.toSpliced(at, 1)];
}

test('sizes beyond 32 bits are proved without wrapping', () => {
  const read = readerOfEqualLeaves();
  const size = fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(size, size, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const inclusion = { leafHash: read(0, 0), index: from - 1, size: to, root: rootAt(to, read) };
      const proof = inclusionProof(from - 1, to, read);
      expect(verifyInclusion({ ...inclusion, proof })).toBe(true);
      expect(verifyInclusion({ ...inclusion, proof: proof.slice(1) })).toBe(false);
      const roots = { fromRoot: rootAt(from, read), toRoot: rootAt(to, read) };
      expect(verifyConsistency({ from, to, ...roots, proof: consistencyProof(from, to, read) })).toBe(true);
    }),
  );
});

test('what a proof will read is known before anything is loaded', () => {
  fc.assert(
    fc.property(grown, ({ from, to }) => {
      const allowed = new Set<string>();
      const plan = [
        ...subtreesRead((read) => inclusionProof(from - 1, to, read)),
        ...subtreesRead((read) => consistencyProof(from, to, read)),
        ...subtreesRead((read) => compactTreeAt(to, read)),
      ];
      for (const { level, index } of plan) {
        expect((index + 1) * 2 ** level).toBeLessThanOrEqual(to);
        allowed.add(`${level}/${index}`);
      }
      const sparse: ReadHash = (level, index) => {
        expect(allowed).toContain(`${level}/${index}`);
        return reader(level, index);
      };
      expect(inclusionProof(from - 1, to, sparse)).toEqual(inclusionProof(from - 1, to, reader));
      expect(consistencyProof(from, to, sparse)).toEqual(consistencyProof(from, to, reader));
      expect(rootAt(to, sparse)).toEqual(rootAt(to));
    }),
    { numRuns: 60 },
  );
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : undefined;
  }
  return undefined;
}

test.each([
  ['an index at the size', () => inclusionProof(5, 5, reader)],
  ['a negative index', () => inclusionProof(-1, 5, reader)],
  ['an index with a fraction', () => inclusionProof(1.5, 5, reader)],
  ['no entry at all', () => inclusionProof(0, 0, reader)],
  ['a size that is not a number', () => inclusionProof(0, Number.NaN, reader)],
  ['a consistency proof from nothing', () => consistencyProof(0, 5, reader)],
  ['a consistency proof backwards', () => consistencyProof(6, 5, reader)],
  ['a consistency proof to infinity', () => consistencyProof(1, Number.POSITIVE_INFINITY, reader)],
  ['a compact tree of negative size', () => compactTreeAt(-1, reader)],
])('%s is out of range', (_case, run) => {
  expect(codeOf(run)).toBe('proof.out-of-range');
});

test('a tree that is larger than its leaves at hand says which hash is missing', () => {
  const short = readerOfLeaves(LEAVES.slice(0, 5));
  expect(codeOf(() => inclusionProof(0, 8, short))).toBe('proof.missing-hash');
});

test('a reader over leaves sees those that were added later', () => {
  const growing = LEAVES.slice(0, 3);
  const read = readerOfLeaves(growing);
  expect(codeOf(() => read(2, 0))).toBe('proof.missing-hash');
  growing.push(...LEAVES.slice(3, 4));
  expect(read(2, 0)).toEqual(rootOf(LEAVES.slice(0, 4)));
});
