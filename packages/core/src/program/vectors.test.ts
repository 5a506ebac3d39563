import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseBase64url } from '../encoding/text.ts';
import {
  type AllocationInput,
  allocate,
  allocationResultSchema,
  entitlementOf,
  type SealedTerms,
} from './allocation.ts';
import { applicationDigest, applicationNonce, parseApplication } from './application.ts';
import { type BeaconEvidence, commitmentOf, seedOf } from './beacon.ts';
import {
  type AdmittedLeaf,
  encodeIntakeLeaf,
  encodeSealLeaf,
  intakeRoot,
  type LeafList,
  leafCommitment,
  type RefusedLeaf,
} from './leaves.ts';
import { createNullifiers } from './uniqueness.ts';

function vector<V>(file: string): V {
  const url = new URL(`../../../../spec/vectors/program/valid/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as V;
}

type Allocation = {
  name: string;
  terms: SealedTerms;
  budget: string;
  issuerCaps: { issuer: string; maxAmount: string }[];
  seed?: string;
  candidates: { key: string; issuer: string; want: string; weight: string }[];
  result: unknown;
  entitlements: string[];
  total: string;
};

describe.each(vector<{ vectors: Allocation[] }>('allocations.json').vectors)(
  'the allocation of $name by $terms.rule',
  ({ terms, budget, issuerCaps, seed, candidates, result, entitlements, total }) => {
    const people = candidates.map(({ key, issuer, want, weight }) => {
      return { key, issuer, want: BigInt(want), weight: BigInt(weight) };
    });
    const input = (order: typeof people): AllocationInput => ({
      candidates: order,
      ...{ terms, budget: BigInt(budget), issuerCaps, ...(seed === undefined ? {} : { seed }) },
    });

    test.each(['as listed', 'backwards', 'from the middle'])('is what it says, %s', (how) => {
      const middle = people.length >> 1;
      const order =
        how === 'as listed'
          ? people
          : how === 'backwards'
            ? people.toReversed()
            : [...people.slice(middle), ...people.slice(0, middle)];
      const outcome = allocate(input(order));
      const given = new Map(order.map(({ key }, i) => [key, outcome.entitlements[i]]));
      expect(people.map(({ key }) => `${given.get(key)}`)).toEqual(entitlements);
      expect(outcome.total.toString()).toBe(total);
      expect(outcome.result).toEqual(result);
    });

    test('is computed by each from its result', () => {
      const read = allocationResultSchema.parse(result);
      expect(people.map((own) => `${entitlementOf(own, terms, read)}`)).toEqual(entitlements);
    });
  },
);

type Applications = {
  program: string;
  applications: {
    application: unknown;
    presented: string;
    nonce: string;
    digest: string;
    salt: string;
    intakeLeaf: string;
    admitted: AdmittedLeaf;
    admittedLeaf: string;
    refused: RefusedLeaf;
    refusedLeaf: string;
  }[];
  intake: LeafList;
  nullifierKey: string;
  keyDigest: string;
  claim: string[];
  nullifiers: { value: string | number | boolean; nullifier: string }[];
  seal: string;
  commitments: { secret: string; commitment: string }[];
  seeds: { evidence: BeaconEvidence; seed: string }[];
};

describe('the digests of applications', () => {
  const vectors = vector<Applications>('applications.json');

  test.each(vectors.applications)('of $nonce', (expected) => {
    const application = parseApplication(expected.application);
    expect(applicationNonce(application)).toBe(expected.nonce);
    expect(applicationDigest(application, expected.presented)).toBe(expected.digest);
    const { digest, salt } = expected;
    expect(leafCommitment(encodeIntakeLeaf({ application: digest, salt }))).toBe(expected.intakeLeaf);
    expect(leafCommitment(encodeSealLeaf(expected.admitted))).toBe(expected.admittedLeaf);
    expect(leafCommitment(encodeSealLeaf(expected.refused))).toBe(expected.refusedLeaf);
  });

  test('make one intake', () => {
    const leaves = vectors.applications.map(({ digest, salt }) => ({ application: digest, salt }));
    expect(intakeRoot(leaves)).toEqual(vectors.intake);
  });

  test('and of people and chance', () => {
    const uniqueness = { claim: vectors.claim, issuers: ['i'], key: vectors.keyDigest };
    const nullifierOf = createNullifiers({ uniqueness }, vectors.program, parseBase64url(vectors.nullifierKey));
    for (const { value, nullifier } of vectors.nullifiers) expect(nullifierOf(value)).toBe(nullifier);
    for (const { secret, commitment } of vectors.commitments) expect(commitmentOf(secret)).toBe(commitment);
    const seal = { program: vectors.program, root: vectors.seal };
    for (const { evidence, seed } of vectors.seeds) expect(seedOf(seal, evidence)).toBe(seed);
  });
});
