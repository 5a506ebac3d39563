import { expect, test } from 'vitest';
import { encodePolicy, parsePolicy, policyDigest } from './policy.ts';
import { policyDifferences } from './policy-differences.ts';

const ISSUERS = { notOnProbation: true, minAgeMs: 9, maxMissedDeadlines: { count: 0, windowMs: 5 }, region: 'N' };

test('what a policy asks of issuers is read, written and part of its digest', () => {
  const policy = parsePolicy({ id: 'north', issuers: ISSUERS });
  expect(policy.issuers).toEqual(ISSUERS);
  expect(parsePolicy(encodePolicy(policy))).toEqual(policy);
  expect(policyDigest(policy)).not.toBe(policyDigest(parsePolicy({ id: 'north' })));
});

test.each([
  ['a term that nobody knows', { minimumAge: 9 }],
  ['a probation that is welcome', { notOnProbation: false }],
  ['an age of no time', { minAgeMs: 0 }],
  ['deadlines without a window', { maxMissedDeadlines: { count: 1 } }],
])('%s is refused, because a misspelt restriction would be none', (_, issuers) => {
  expect(() => parsePolicy({ id: 'north', issuers })).toThrow(
    expect.objectContaining({ code: 'policy.malformed', details: { member: 'issuers' } }),
  );
});

test('asking more of issuers is tighter, asking less is looser', () => {
  const [plain, asking] = [parsePolicy({ id: 'a' }), parsePolicy({ id: 'b', issuers: { region: 'N' } })];
  expect(policyDifferences(plain, asking).map(({ direction }) => direction)).toEqual(['tighter']);
  expect(policyDifferences(asking, plain).map(({ direction }) => direction)).toEqual(['looser']);
});
