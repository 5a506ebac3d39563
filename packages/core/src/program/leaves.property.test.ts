import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes, sha256Base64url } from '../encoding/bytes.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { leafHash, rootOf } from '../log/tree.ts';
import {
  encodeIntakeLeaf,
  encodeSealLeaf,
  type IntakeLeaf,
  intakeRoot,
  type LeafProof,
  leafListOf,
  proveInList,
  sortLeafHashes,
  verifyAbsence,
  verifyLeaf,
} from './leaves.ts';

const SALT = 'AAAAAAAAAAAAAAAAAAAAAA';
const leafOf = (i: number): IntakeLeaf => ({ application: sha256Base64url(`${i}`), salt: SALT });
const numbers = fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 40 });

describe('the list of an intake', () => {
  test('is the same whoever came first', () => {
    fc.assert(
      fc.property(
        numbers.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([one, other]) => {
          expect(intakeRoot(one.map(leafOf))).toEqual(intakeRoot(other.map(leafOf)));
        },
      ),
    );
  });

  test('proves of every leaf that it is there or that it is not, and never both', () => {
    fc.assert(
      fc.property(numbers, fc.nat({ max: 200 }), (all, asked) => {
        const sorted = sortLeafHashes(all.map(leafOf).map(encodeIntakeLeaf));
        const list = leafListOf(sorted);
        const leaf = encodeIntakeLeaf(leafOf(asked));
        const proof = proveInList(leaf, sorted);
        const isThere = all.includes(asked);
        expect('index' in proof ? verifyLeaf(leaf, list, proof) : verifyAbsence(leaf, list, proof)).toBe(true);
        expect('index' in proof).toBe(isThere);
        const beside = encodeIntakeLeaf(leafOf(asked + 1));
        expect('index' in proof && verifyLeaf(beside, list, proof)).toBe(false);
      }),
    );
  });

  test('takes no proof of absence whose neighbours have a place between them', () => {
    const leaves = [1, 2, 3, 4, 5].map(leafOf).map(encodeIntakeLeaf);
    const sorted = sortLeafHashes(leaves);
    const list = leafListOf(sorted);
    const inOrder = sorted.map((hash) => leaves.find((leaf) => equalBytes(leafHash(leaf), hash)) ?? hash);
    const at = (index: number) => {
      const proof = proveInList(inOrder[index] ?? new Uint8Array(0), sorted);
      return { hash: encodeBase64url(sorted[index] ?? new Uint8Array(0)), ...(proof as LeafProof) };
    };
    const hidden = inOrder[1] ?? new Uint8Array(0);
    expect(verifyLeaf(hidden, list, at(1))).toBe(true);
    expect(verifyAbsence(hidden, list, { before: at(0), after: at(2) })).toBe(false);
    expect(verifyAbsence(hidden, list, { before: at(0) })).toBe(false);
    expect(verifyAbsence(hidden, list, { after: at(2) })).toBe(false);
    expect(verifyAbsence(hidden, list, { before: { ...at(0), index: 1 }, after: at(2) })).toBe(false);
    expect(verifyAbsence(hidden, list, {})).toBe(false);
  });

  test('holds no leaf twice, and is empty without any', () => {
    expect(() => intakeRoot([leafOf(1), leafOf(1)])).toThrow(expect.objectContaining({ code: 'program.leaf-twice' }));
    expect(intakeRoot([])).toEqual({ root: encodeBase64url(rootOf([])), count: 0 });
    expect(verifyAbsence(encodeIntakeLeaf(leafOf(1)), intakeRoot([]), {})).toBe(true);
    expect(verifyAbsence(encodeIntakeLeaf(leafOf(1)), { ...intakeRoot([leafOf(2)]), count: 0 }, {})).toBe(false);
  });

  test('answers a malformed proof with no', () => {
    const list = intakeRoot([leafOf(1), leafOf(2)]);
    const leaf = encodeIntakeLeaf(leafOf(1));
    for (const proof of [
      { index: 0, proof: ['short'] },
      { index: -1, proof: [] },
      { index: 2 ** 53, proof: [] },
    ]) {
      expect(verifyLeaf(leaf, list, proof)).toBe(false);
      expect(verifyAbsence(leaf, list, { before: { ...proof, hash: 'short' } })).toBe(false);
    }
    expect(verifyLeaf(leaf, { root: '', count: 2 }, { index: 0, proof: [list.root] })).toBe(false);
  });
});

test('a leaf of the seal says admitted or refused in another shape than a leaf of the intake', () => {
  const { application } = leafOf(1);
  const leaves = [
    encodeIntakeLeaf(leafOf(1)),
    encodeSealLeaf({ application, issuer: 'civic', salt: SALT, held: false }),
    encodeSealLeaf({ application, issuer: 'civic', salt: SALT, held: true }),
    encodeSealLeaf({ application, code: 'application.not_eligible', salt: SALT }),
  ];
  expect(sortLeafHashes(leaves)).toHaveLength(4);
});
