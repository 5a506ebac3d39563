import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, DAY_MS, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import type { Power } from '../rulebook/rulebook.ts';
import { powerForParty, powerOfPartyChange } from './party-changes.ts';
import type { Party, PartyKey } from './statement.ts';

const signatures = createIdealSignatures();
const RESIDENCE = { action: 'issue', type: 'residence', assurance: 'high', from: 1000, until: 9000 } as const;
const before = civicParty(signatures, { accreditations: [RESIDENCE] });
const officer: Party = {
  id: 'officer-a',
  kind: 'officer',
  roles: ['revoker'],
  keys: [{ use: 'approval', key: signatures.key('officer-a').jwk }],
  accreditations: [],
};
const fresh = (use: PartyKey['use'] = 'credential'): PartyKey => ({ use, key: signatures.key('fresh').jwk });
const marked = ({ keys }: Party, at = 5): PartyKey[] =>
  keys.map((key, i) => (i === 0 ? { ...key, compromised: at } : key));
const civic = (changes: Partial<Party>) => ({ ...before, ...changes });

describe('the power that a change of a party is', () => {
  test.each<[string, Party | undefined, Party, Power]>([
    ['a party that was not there', undefined, before, 'accredit'],
    ['an officer who was not there', undefined, officer, 'enrol'],
    ['a party that becomes an officer', { ...officer, kind: 'verifier' }, officer, 'enrol'],
    ['an officer who becomes an issuer', officer, { ...officer, kind: 'issuer' }, 'enrol'],
    ['other roles of an officer', officer, { ...officer, roles: ['treasurer'] }, 'enrol'],
    [
      'a new key of an officer, who would speak as them',
      officer,
      { ...officer, keys: [...officer.keys, fresh('approval')] },
      'enrol',
    ],
    [
      'an end of an officer’s key',
      officer,
      { ...officer, keys: officer.keys.map((key) => ({ ...key, until: 5 })) },
      'rotate',
    ],
    ['no key for an officer', officer, { ...officer, keys: [] }, 'rotate'],
    ['a stolen key of an officer', officer, { ...officer, keys: marked(officer) }, 'compromise'],
    ['a stolen key of an issuer', before, civic({ keys: marked(before) }), 'compromise'],
    ['a new key', before, civic({ keys: [...before.keys, fresh()] }), 'rotate'],
    ['another key instead', before, civic({ keys: [fresh()] }), 'rotate'],
    ['a stolen key and a new one', before, civic({ keys: [...marked(before), fresh()] }), 'accredit'],
    ['a new key that is stolen', before, civic({ keys: [...before.keys, { ...fresh(), compromised: 5 }] }), 'accredit'],
    ['a stolen key in another place', before, civic({ keys: marked(before).toReversed() }), 'accredit'],
    ['no accreditation any more', before, civic({ accreditations: [] }), 'withdraw'],
    ['a sooner end', before, civic({ accreditations: [{ ...RESIDENCE, until: 8000 }] }), 'withdraw'],
    ['a later beginning', before, civic({ accreditations: [{ ...RESIDENCE, from: 2000 }] }), 'withdraw'],
    ['a lower assurance', before, civic({ accreditations: [{ ...RESIDENCE, assurance: 'low' }] }), 'withdraw'],
    ['a later end', before, civic({ accreditations: [{ ...RESIDENCE, until: 9001 }] }), 'accredit'],
    [
      'no end',
      before,
      civic({ accreditations: [{ ...RESIDENCE, until: undefined }] as Party['accreditations'] }),
      'accredit',
    ],
    ['a sooner beginning', before, civic({ accreditations: [{ ...RESIDENCE, from: 999 }] }), 'accredit'],
    ['another type', before, civic({ accreditations: [{ ...RESIDENCE, type: 'licence' }] }), 'accredit'],
    [
      'a sooner end and another type',
      before,
      civic({
        accreditations: [
          { ...RESIDENCE, until: 1 },
          { ...RESIDENCE, type: 'x' },
        ],
      }),
      'accredit',
    ],
    ['a sooner end and a new key', before, civic({ accreditations: [], keys: [fresh()] }), 'accredit'],
    ['a sooner end and another name', before, civic({ accreditations: [], name: 'X' }), 'accredit'],
    [
      'a stolen key and a type more',
      before,
      civic({ keys: marked(before), accreditations: [RESIDENCE, { ...RESIDENCE, type: 'x' }] }),
      'accredit',
    ],
    ['another name', before, civic({ name: 'X' }), 'accredit'],
    ['nothing', before, before, 'accredit'],
  ])('%s', (_, was, after, power) => {
    expect(powerOfPartyChange(was, JSON.parse(JSON.stringify(after)))).toBe(power);
  });

  test('a rulebook that grants nobody the power leaves the matter to whoever accredits', () => {
    const rulebook = testRulebook(signatures);
    const granting = {
      ...rulebook,
      powers: [...rulebook.powers, { ...grantOfAccredit(rulebook), power: 'withdraw' as const }],
    };
    const after = civic({ accreditations: [] });
    expect(powerForParty(rulebook, before, after)).toBe('accredit');
    expect(powerForParty(granting, before, after)).toBe('withdraw');
    expect(powerForParty(granting, before, civic({ name: 'X' }))).toBe('accredit');
  });
});

function grantOfAccredit({ powers }: ReturnType<typeof testRulebook>) {
  return powers.find(({ power }) => power === 'accredit') ?? expect.fail('it is granted');
}

function buildGranting(...powers: readonly Power[]) {
  const rulebook = testRulebook(signatures);
  const more = powers.map((power) => ({ ...grantOfAccredit(rulebook), power, quorum: 1 }));
  return buildLog({ signatures, rulebook: { ...rulebook, powers: [...rulebook.powers, ...more] } });
}

describe('a statement of a party', () => {
  test('takes the power that its change is, and no other', () => {
    const log = buildGranting('withdraw', 'rotate', 'compromise', 'enrol');
    const entry = log.state.parties.get('https://civic.example') ?? expect.fail('it is founded');
    const withdrawn = { ...entry, accreditations: [] };
    for (const power of ['accredit', 'rotate', 'compromise', 'enrol'] as const) {
      expect(log.enter(power, withdrawn).carried).toMatchObject({ ok: false, why: 'decision-power' });
    }
    expect(log.enter('withdraw', withdrawn, { officers: ['officer-a'] }).carried.ok).toBe(true);
    expect(log.enter('withdraw', { ...withdrawn, name: 'Mine' }).carried).toMatchObject({ why: 'decision-power' });
    expect(log.state.parties.get(entry.id)).toEqual(withdrawn);
  });

  test('one officer who may rotate keys makes nobody an officer', () => {
    const log = buildGranting('rotate', 'withdraw', 'compromise');
    const was = log.state.parties.get('officer-b') ?? expect.fail('an officer of the genesis');
    const mine = { ...was, keys: [{ use: 'approval' as const, key: signatures.key('officer-a').jwk }] };
    expect(log.enter('rotate', mine, { officers: ['officer-a'] }).carried).toMatchObject({ why: 'decision-power' });
    expect(log.enter('accredit', mine).carried.ok).toBe(true);
  });

  test('what was drafted before another change takes the power of both', () => {
    const log = buildGranting('withdraw', 'compromise');
    const entry = log.state.parties.get('https://civic.example') ?? expect.fail('it is founded');
    expect(log.enter('withdraw', { ...entry, accreditations: [] }).carried.ok).toBe(true);
    const stale = { ...entry, keys: marked(entry) };
    expect(log.enter('compromise', stale).carried).toMatchObject({ ok: false, why: 'decision-power' });
    expect(log.state.parties.get(entry.id)?.accreditations).toEqual([]);
  });

  test('an officer’s stolen or ended key approves nothing from then on, and no epoch is needed', () => {
    const log = buildGranting('compromise', 'rotate');
    const was = log.state.parties.get('officer-b') ?? expect.fail('an officer of the genesis');
    const terms = log.terms('revoke', [{ list: 'x', index: 1 }], { expiry: log.state.time + DAY_MS });
    const drafted = log.decision(terms, ['officer-a', 'officer-b']);
    expect(log.enter('compromise', { ...was, keys: marked(was) }, { officers: ['officer-a'] }).carried.ok).toBe(true);
    expect(log.append(drafted)).toMatchObject({ ok: false, why: 'quorum' });
  });
});
