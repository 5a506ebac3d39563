import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signCompact } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import { inclusionProof, readerOfLeaves, verifyInclusion } from '../log/proof.ts';
import { EMPTY_ROOT, leafHash } from '../log/tree.ts';
import {
  APPROVAL_TYP,
  type DecisionTerms,
  decisionDigest,
  encodeSaltedLeaf,
  parseApproval,
  type SaltedLeaf,
  saltedRoot,
} from './decision.ts';

const TERMS: DecisionTerms = {
  genesis: 'g'.repeat(43),
  id: 'd-1',
  power: 'revoke',
  parameters: { reasons: 'r'.repeat(43), evidence: 'e'.repeat(43) },
  targets: { root: 't'.repeat(43), count: 1 },
  class: 'residence-ended',
  rulebook: 0,
  expiry: 1_700_000_000_000,
};

describe('the digest of a decision', () => {
  test('changes with every member of its terms', () => {
    const changed: readonly DecisionTerms[] = [
      { ...TERMS, genesis: 'h'.repeat(43) },
      { ...TERMS, id: 'd-2' },
      { ...TERMS, power: 'suspend' },
      { ...TERMS, parameters: { ...TERMS.parameters, until: 5 } },
      { ...TERMS, parameters: { ...TERMS.parameters, reasons: 's'.repeat(43) } },
      { ...TERMS, targets: { ...TERMS.targets, root: 'u'.repeat(43) } },
      { ...TERMS, targets: { ...TERMS.targets, count: 2 } },
      { ...TERMS, class: 'key-compromise' },
      { ...TERMS, rulebook: 1 },
      { ...TERMS, expiry: TERMS.expiry + 1 },
    ];
    const digests = new Set([TERMS, ...changed].map(decisionDigest));
    expect(digests.size).toBe(changed.length + 1);
  });

  test('is of the terms alone: neither the order of members nor what stands beside them counts', () => {
    const reversed = Object.fromEntries(Object.entries(TERMS).reverse()) as unknown as DecisionTerms;
    const more = { ...reversed, approvals: ['x'], received: 1, targets: { ...TERMS.targets, more: 1 } };
    expect(decisionDigest(more)).toBe(decisionDigest(TERMS));
  });
});

describe('salted leaves', () => {
  const salt = (byte: number) => encodeBase64url(new Uint8Array(16).fill(byte));

  test('no leaves have the empty root', () => {
    expect(saltedRoot([])).toBe(encodeBase64url(EMPTY_ROOT));
  });

  test('equal targets under other salts have other roots, so nobody confirms a guess', () => {
    const leaf = (byte: number): SaltedLeaf => ({ salt: salt(byte), kind: 'target', value: { list: 'l', index: 1 } });
    expect(saltedRoot([leaf(1)])).not.toBe(saltedRoot([leaf(2)]));
  });

  test('a leaf of one kind cannot be opened as another', () => {
    const leaf = { salt: salt(1), value: 'x' };
    expect(saltedRoot([{ ...leaf, kind: 'reason' }])).not.toBe(saltedRoot([{ ...leaf, kind: 'evidence' }]));
  });

  test('a salt shorter than 16 bytes is refused', () => {
    const short = encodeBase64url(new Uint8Array(15));
    expect(() => saltedRoot([{ salt: short, kind: 'reason', value: 'x' }])).toThrow(
      expect.objectContaining({ code: 'decision.salt' }),
    );
  });

  test('each leaf is opened alone against the root', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 9 }), fc.nat(), (values, pick) => {
        const leaves = values.map((value, i): SaltedLeaf => ({ salt: salt(i), kind: 'target', value }));
        const index = pick % leaves.length;
        const hashes = leaves.map((leaf) => leafHash(encodeSaltedLeaf(leaf)));
        const proof = inclusionProof(index, leaves.length, readerOfLeaves(hashes));
        const root = parseBase64url(saltedRoot(leaves));
        const inclusion = { leafHash: hashes[index] ?? new Uint8Array(), index, size: leaves.length, root, proof };
        expect(verifyInclusion(inclusion)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('approvals', () => {
  const { key } = createIdealSignatures();
  const header = { alg: 'ES256', kid: key('a').kid, typ: APPROVAL_TYP };
  const digest = decisionDigest(TERMS);

  test('an approval names its key and one digest', () => {
    expect(parseApproval(signCompact(header, { digest }, key('a')))).toMatchObject({ kid: key('a').kid, digest });
  });

  test.each([
    ['a statement', { ...header, typ: 'statement+jwt' }, { digest }],
    ['no type', { alg: 'ES256', kid: header.kid }, { digest }],
    ['no key', { alg: 'ES256', typ: APPROVAL_TYP }, { digest }],
    ['no digest', header, {}],
    ['a digest that is no text', header, { digest: [digest] }],
  ])('refuses %s', (_, wrongHeader, payload) => {
    expect(() => parseApproval(signCompact(wrongHeader, payload, key('a')))).toThrow(
      expect.objectContaining({ code: 'approval.malformed' }),
    );
  });

  test('refuses one too long to be one', () => {
    const long = signCompact(header, { digest, more: 'x'.repeat(2000) }, key('a'));
    expect(() => parseApproval(long)).toThrow(expect.objectContaining({ code: 'json.too-long' }));
  });
});
