import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeHex, encodeUtf8 } from '../encoding/text.ts';
import {
  appendLeaf,
  compactRoot,
  copyCompactTree,
  createCompactTree,
  EMPTY_ROOT,
  leafHash,
  nodeHash,
  rootOf,
} from './tree.ts';

const leaves = Array.from({ length: 9 }, (_, i) => leafHash(Uint8Array.of(i)));

test('the empty tree has the hash of nothing as its root', () => {
  expect(encodeHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(rootOf([])).toEqual(EMPTY_ROOT);
  expect(compactRoot(createCompactTree())).toEqual(EMPTY_ROOT);
});

test('an entry made of two hashes does not hash to their node', () => {
  const [a = EMPTY_ROOT, b = EMPTY_ROOT] = leaves;
  expect(leafHash(Uint8Array.of(...a, ...b))).not.toEqual(nodeHash(a, b));
  expect(leafHash(Uint8Array.of(1, ...a, ...b))).not.toEqual(nodeHash(a, b));
});

test('a hash of another length than 32 bytes stops the tree', () => {
  const short = encodeUtf8('short');
  expect(() => nodeHash(short, EMPTY_ROOT)).toThrow('32 bytes');
  expect(() => nodeHash(EMPTY_ROOT, short)).toThrow('32 bytes');
  expect(() => rootOf([short])).toThrow('32 bytes');
  expect(() => appendLeaf(createCompactTree(), short)).toThrow('32 bytes');
  expect(() => createCompactTree(1, [short])).toThrow('32 bytes');
});

test('a compact tree with a hash too many or too few for its size is refused', () => {
  expect(() => createCompactTree(3, [EMPTY_ROOT])).toThrow('one hash for each bit');
  expect(() => createCompactTree(4, [EMPTY_ROOT, EMPTY_ROOT])).toThrow('one hash for each bit');
  expect(() => createCompactTree(-1)).toThrow('safe integer');
  expect(() => createCompactTree(2 ** 53, [EMPTY_ROOT])).toThrow('safe integer');
});

test('the largest tree takes no further leaf', () => {
  const full = createCompactTree(
    Number.MAX_SAFE_INTEGER,
    Array.from({ length: 53 }, () => EMPTY_ROOT),
  );
  expect(() => appendLeaf(full, EMPTY_ROOT)).toThrow('safe integer');
});

test('appending to a tree leaves its copy as it was', () => {
  const tree = createCompactTree();
  for (const leaf of leaves.slice(0, 3)) appendLeaf(tree, leaf);
  const copy = copyCompactTree(tree);
  expect(appendLeaf(tree, EMPTY_ROOT)).toBe(tree);
  expect(tree.size).toBe(4);
  expect(copy.size).toBe(3);
  expect(compactRoot(copy)).toEqual(rootOf(leaves.slice(0, 3)));
});

test('a root that was asked for is forgotten when the tree grows, and when it is set back and grown otherwise', () => {
  const [a = EMPTY_ROOT, b = EMPTY_ROOT, c = EMPTY_ROOT, d = EMPTY_ROOT] = leaves;
  const tree = createCompactTree();
  for (const leaf of [a, b, c]) appendLeaf(tree, leaf);
  expect(compactRoot(tree)).toEqual(rootOf([a, b, c]));
  expect(compactRoot(tree)).toEqual(rootOf([a, b, c]));
  // As a trial that is taken back does: the size and the last hash are the same objects, what lies before them is not.
  tree.size = 0;
  tree.hashes.length = 0;
  for (const leaf of [a, d, c]) appendLeaf(tree, leaf);
  expect(compactRoot(tree)).toEqual(rootOf([a, d, c]));
  appendLeaf(tree, b);
  expect(compactRoot(tree)).toEqual(rootOf([a, d, c, b]));
});

test('entries of every length are hashed alike, also those that have memory of their own', () => {
  for (const length of [0, 1, 64, 16_384, 16_385, 20_000]) {
    const entry = new Uint8Array(length).map((_, i) => i * 31);
    expect(leafHash(entry)).toEqual(new Uint8Array(createHash('sha256').update('\0').update(entry).digest()));
  }
});

test('every complete subtree is announced once, when its last leaf arrives', () => {
  const tree = createCompactTree();
  const announced: string[] = [];
  leaves.forEach((leaf, i) => {
    appendLeaf(tree, leaf, (level, index, hash) => {
      announced.push(`${i}: ${level}/${index}`);
      const width = 2 ** level;
      expect(hash).toEqual(rootOf(leaves.slice(index * width, (index + 1) * width)));
    });
  });
  expect(announced).toEqual([
    ...['0: 0/0', '1: 0/1', '1: 1/0', '2: 0/2', '3: 0/3', '3: 1/1', '3: 2/0', '4: 0/4', '5: 0/5', '5: 1/2'],
    ...['6: 0/6', '7: 0/7', '7: 1/3', '7: 2/1', '7: 3/0', '8: 0/8'],
  ]);
});
