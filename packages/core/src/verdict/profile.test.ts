import { describe, expect, test } from 'vitest';
import {
  credential,
  judgement,
  LIST_ID,
  networkEvidence,
  networkView,
  statusList,
  TYPE,
} from '../../test/judgement.ts';
import { testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import type { Credential } from '../credential/parsed-credential.ts';
import type { Profile } from '../rulebook/rulebook.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';

const NORTH: Profile = { id: 'north', appliesTo: ['*'], minAssurance: 'low' };
const SOUTH: Profile = {
  id: 'south',
  appliesTo: [],
  minAssurance: 'substantial',
  maxAgeMs: 30_000,
  requiredChecks: ['holder-binding'],
  forbiddenClaims: ['religion', 'address.street'],
};

function judged(profiles: readonly Profile[], changes: Partial<Judgement> & { ageMs?: number } = {}) {
  const { ageMs = 0, ...rest } = changes;
  const rulebook = { index: 0, body: { ...testRulebook(createIdealSignatures()), profiles: [...profiles] } };
  const parse = (rest.parse ?? credential()) as Credential;
  const evidence = networkEvidence(
    parse,
    networkView(ageMs, { rulebook, lists: new Map([[LIST_ID, statusList()]]) }),
    rest.profile,
  );
  return judge(judgement({ parse, evidence, ...rest }));
}

const codes = (...asked: Parameters<typeof judged>) =>
  judged(...asked).reasons.map(({ code, path }) => `${code} ${path}`);

describe('one presentation before two jurisdictions', () => {
  const parse = credential({ claims: { vct: TYPE, religion: 'x', address: { street: 'y', city: 'z' } } });

  test('has two outcomes, each with its own reasons', () => {
    const profiles = [NORTH, SOUTH];
    expect(judged(profiles, { parse, ageMs: 60_000 })).toMatchObject({ outcome: 'valid', basis: { profile: 'north' } });
    const south = judged(profiles, { parse, ageMs: 60_000, profile: 'south' });
    expect(south).toMatchObject({ outcome: 'invalid', basis: { profile: 'south' } });
    expect(south.reasons).toEqual([
      { code: 'profile.claim_forbidden', path: '/religion' },
      { code: 'profile.claim_forbidden', path: '/address/street' },
      { code: 'profile.too_old', path: '' },
      { code: 'profile.check_missing', path: '/checks/holder-binding' },
    ]);
    expect(south.checks.at(-1)).toEqual({ name: 'profile', result: 'failed', why: 'profile.claim_forbidden' });
  });

  test('is judged by the profile that the policy names and by no other', () => {
    const strict: Profile = { ...NORTH, minAssurance: 'high' };
    expect(codes([strict])).toEqual(['trust.assurance_too_low ']);
    expect(codes([strict, { ...SOUTH, requiredChecks: [] }], { profile: 'south' })).toEqual([]);
    expect(codes([NORTH], { profile: 'nowhere' })).toEqual(['profile.unknown ']);
    expect(judged([NORTH], { profile: 'nowhere' }).outcome).toBe('unknown');
  });
});

test('a profile that asks nothing new leaves a verdict as it was', () => {
  expect(judged([NORTH]).checks.map(({ name }) => name)).not.toContain('profile');
  expect(judged([NORTH])).toEqual({ ...judged([]), basis: { ...judged([]).basis, profile: 'north' } });
});

test('a verdict is usable no longer than its profile lets evidence grow old', () => {
  const young: Profile = { ...NORTH, maxAgeMs: 10_000 };
  expect(judged([young], { ageMs: 5_000 }).outcome).toBe('valid');
  expect(judged([young], { ageMs: 5_000 }).usableUntil - judged([young], { ageMs: 10_000 }).usableUntil).toBe(5_000);
  expect(codes([young], { ageMs: 10_001 })).toEqual(['profile.too_old ']);
});

test('a check that failed is not said to be missing as well', () => {
  const required: Profile = { ...NORTH, requiredChecks: ['status'] };
  const revoked = new Map([[LIST_ID, statusList({ 7: 1 })]]);
  const rulebook = { index: 0, body: { ...testRulebook(createIdealSignatures()), profiles: [required] } };
  const evidence = networkEvidence(credential(), networkView(0, { rulebook, lists: revoked }));
  expect(judge(judgement({ evidence })).reasons.map(({ code }) => code)).toEqual(['status.revoked']);
});
