import type { Party, Rulebook } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { checkPayload, type Known } from './payload.ts';

const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'R_m3GjKut9ecWUMFbdLQhJr7-lBhsBXHgE0BOQau5xQ',
  y: 'dCNZAOzFj2ii3CmU8J0AGkTfBvjW8LKZyvd6vsVZV9k',
} as const;
const issuer: Party = {
  ...{
    id: 'https://issuer.example',
    kind: 'issuer',
    accreditations: [],
  },
  keys: [{ use: 'credential', key: KEY }],
} as unknown as Party;
const grant = { roles: ['keeper'], quorum: 2, classes: ['party-changed'] };
const rulebook = {
  powers: ['accredit', 'withdraw', 'release', 'return', 'recognise'].map((power) => ({ power, ...grant })),
  classes: [],
} as unknown as Rulebook;
const known: Known = { rulebook, parties: [issuer] };
const check = (kind: Parameters<typeof checkPayload>[0], value: unknown, more: Partial<Known> = {}) =>
  checkPayload(kind, JSON.stringify(value), { ...known, ...more });
const act = { program: 'winter-relief', payment: 'p1', attempt: 0 };

describe('what somebody writes to be decided', () => {
  test('says which power it takes and what it will do, in the words that are signed by', () => {
    const more = { ...issuer, name: 'The city' };
    expect(check('party', more)).toMatchObject({
      isWhole: true,
      power: 'accredit',
      words: { to: '1 party', changes: [{ path: 'name', after: 'The city' }] },
      members: { party: more },
    });
  });

  test('returns money by the narrower power where there is one, and pays by the other', () => {
    expect(check('payment', { ...act, act: 'cancel' })).toMatchObject({ power: 'return', words: { to: '1 payment' } });
    expect(check('payment', { ...act, act: 'retry' })).toMatchObject({
      power: 'release',
      words: { effects: expect.arrayContaining([expect.stringContaining('it is paid twice')]) },
    });
    const narrow = { ...rulebook, powers: rulebook.powers.filter(({ power }) => power !== 'return') };
    expect(check('payment', { ...act, act: 'cancel' }, { rulebook: narrow })).toMatchObject({ power: 'release' });
  });

  test.each([
    ['is no JSON', 'party', '{', /./],
    ['misses a member, which is named', 'payment', '{"program":"a-program"}', /^act: .*more\)$/],
    ['changes nothing', 'party', JSON.stringify(issuer), /nothing would change/],
    ['revises no program that is named', 'revision', '{}', /v: /],
  ] as const)('is not whole where it %s', (_, kind, text, why) => {
    const checked = checkPayload(kind, text, known);
    expect(checked).toMatchObject({ isWhole: false });
    expect('why' in checked ? checked.why : '').toMatch(why);
  });

  test('is not whole where nobody has the power', () => {
    const none = { ...rulebook, powers: [] } as unknown as Rulebook;
    expect(check('payment', { ...act, act: 'retry' }, { rulebook: none })).toMatchObject({
      why: 'This takes the power to release, which the rulebook grants to nobody.',
    });
  });
});
