import type { Party, Rulebook } from '@holdfast/core';
import type { OpenedProposal } from '@holdfast/server/answers';
import { describe, expect, test } from 'vitest';
import { wordsOfDecision } from './decision-words.ts';

const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'R_m3GjKut9ecWUMFbdLQhJr7-lBhsBXHgE0BOQau5xQ',
  y: 'dCNZAOzFj2ii3CmU8J0AGkTfBvjW8LKZyvd6vsVZV9k',
} as const;
const officer: Party = {
  ...{ id: 'officer-h', kind: 'officer', roles: ['revoker'], accreditations: [] },
  keys: [{ use: 'approval', key: KEY }],
};
const rulebook = {
  powers: [
    { power: 'revoke', roles: ['revoker'], quorum: 2 },
    { power: 'release', roles: ['treasurer'], quorum: 2 },
  ],
  classes: [],
} as unknown as Rulebook;

function opened(power: string, more: object, count = 1): OpenedProposal {
  const terms = { power, parameters: {}, targets: { root: '', count }, class: 'party-changed' };
  return { id: 'a', digest: '', terms, openings: { targets: [], reasons: [], evidence: [], ...more } } as never;
}

describe('a decision in words', () => {
  test('says of an officer what they may sign for from then on', () => {
    const words = wordsOfDecision(opened('enrol', { party: officer }), { rulebook, parties: [] });
    expect(words.title).toBe('Enrol officer-h');
    expect(words.effects[0]).toBe('officer-h may then sign for: revoke (2 must sign).');
  });

  test.each<[string, Partial<Party>]>([
    ['of', { of: 'a house' }],
    ['anchors', { anchors: ['MIIB'] }],
    ['name', { name: 'Helena' }],
    ['roles', { roles: ['revoker', 'treasurer'] }],
    ['keys', { keys: [...officer.keys, { use: 'approval', key: KEY, until: 1_800_000_000_000 }] }],
    ['something newer than this page', { newer: { than: 'this page' } } as Partial<Party>],
  ])('leaves nothing of an entry out that becomes another: %s', (_, more) => {
    const after = { ...officer, ...more };
    const { changes } = wordsOfDecision(opened('accredit', { party: after }), { rulebook, parties: [officer] });
    expect(changes.map(({ path }) => path)).toEqual(Object.keys(more));
    expect(changes[0]?.after).not.toBe(changes[0]?.before);
  });

  test('says to how many, and what cannot be undone', () => {
    const words = wordsOfDecision(opened('revoke', {}, 3), { rulebook, parties: [] });
    expect([words.title, words.to]).toEqual(['Revoke 3 credentials', '3 credentials']);
    expect(words.undo).toMatch(/never counts again/);
    const one = wordsOfDecision(opened('suspend', {}), { rulebook, parties: [] });
    expect(one.effects[0]).toMatch(/Then it counts again, unless revoked before\.$/);
  });
});
