import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseRulebook } from '../../test/case-log.ts';
import { buildLog, civicParty, DAY_MS, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { keyHolders } from './key-holders.ts';
import type { Power, Rulebook } from './rulebook.ts';
import { canTogether, type StandingPowers, standingPowers } from './standing-powers.ts';

const signatures = createIdealSignatures();
const RULEBOOK = testRulebook(signatures);

function of(standing: StandingPowers, power: Power) {
  return standing.powers.find((one) => one.power === power) ?? expect.fail(`nobody has the power to ${power}`);
}

function withOfficers(
  officers: readonly (readonly [id: string, roles: readonly string[], of?: string | undefined])[],
): Rulebook {
  const named = officers.map(([id, roles, house]) => ({
    ...{ id, roles: [...roles], key: signatures.key(id).jwk },
    ...(house === undefined ? {} : { of: house }),
  }));
  return { ...RULEBOOK, officers: named };
}

describe('who can do what', () => {
  test('alone is said of those powers that need no second officer', () => {
    const standing = standingPowers({ rulebook: RULEBOOK });
    expect(of(standing, 'suspend').alone).toEqual(['officer-a', 'officer-b']);
    expect(of(standing, 'revoke')).toMatchObject({
      alone: [],
      coalitions: [['officer-a', 'officer-b']],
      coalitionCount: 1n,
      spare: 0,
    });
    expect(standing.notGranted).toContain('except');
    expect(standing.dead).toEqual([]);
  });

  test('with a change of a party that nobody was granted apart, is whoever accredits', () => {
    expect(of(standingPowers({ rulebook: RULEBOOK }), 'compromise')).toMatchObject({ by: 'accredit', quorum: 2 });
  });

  test('names the powers that have no living quorum, and what stops when somebody vanishes', () => {
    const one = standingPowers({ rulebook: withOfficers([['officer-a', ['revoker']]]) });
    expect(one.dead).toContain('revoke');
    expect(one.vanishing).toEqual([{ officers: ['officer-a'], stops: ['suspend'] }]);
    const two = standingPowers({ rulebook: RULEBOOK });
    expect(two.vanishing[0]).toMatchObject({
      officers: ['officer-a'],
      stops: expect.arrayContaining(['revoke', 'amend']),
    });
    expect(two.vanishing.at(-1)).toEqual({ officers: ['officer-a', 'officer-b'], stops: ['suspend'] });
  });

  test('tells when one organisation has a quorum of its own', () => {
    const rulebook = withOfficers([
      ['a', ['revoker'], 'north'],
      ['b', ['revoker'], 'north'],
      ['c', ['revoker'], 'south'],
    ]);
    const revoke = of(standingPowers({ rulebook }), 'revoke');
    expect(revoke).toMatchObject({ houses: ['north'], coalitionCount: 3n });
  });

  test('lists at most 64 coalitions of many, and counts them all', () => {
    const many = Array.from({ length: 64 }, (_, i) => [`officer-${String(i).padStart(2, '0')}`, ['revoker']] as const);
    const powers = RULEBOOK.powers.map((grant) => ({ ...grant, quorum: 16 }));
    const revoke = of(standingPowers({ rulebook: { ...withOfficers(many), powers } }), 'revoke');
    expect(revoke.coalitions).toHaveLength(64);
    expect(revoke.coalitionCount).toBe(488_526_937_079_580n);
    expect(revoke.spare).toBe(48);
  });

  test('counts nobody whose key has ended', () => {
    const log = buildLog();
    const officer = log.state.parties.get('officer-b') ?? expect.fail('founded');
    log.accredit({ ...officer, keys: officer.keys.map((key) => ({ ...key, until: log.state.time })) });
    log.epoch();
    const { parties, time, rulebook } = log.state;
    const standing = standingPowers({ rulebook: rulebook?.body ?? RULEBOOK, parties: [...parties.values()], time });
    expect(of(standing, 'revoke')).toMatchObject({ holders: ['officer-a'], spare: -1 });
  });

  test('says which seats of cases nobody sits in', () => {
    const rulebook = caseRulebook(signatures);
    const { seats } = standingPowers({ rulebook });
    expect(seats.every(({ isLiving }) => isLiving)).toBe(true);
    const officers = rulebook.officers.filter(({ roles }) => !roles.includes('panel'));
    const left = standingPowers({ rulebook: { ...rulebook, officers } }).seats;
    expect(left.filter(({ isLiving }) => !isLiving).map(({ seat }) => seat)).toEqual([
      'appeal urgent',
      'appeal ordinary',
    ]);
  });
});

describe('whatever the officers and their roles', () => {
  const officer = fc.record({
    roles: fc.uniqueArray(fc.constantFrom('revoker', 'clerk', 'registrar'), { minLength: 1 }),
    of: fc.option(fc.constantFrom('north', 'south'), { nil: undefined }),
  });
  const world = fc.record({
    officers: fc.array(officer, { minLength: 2, maxLength: 6 }),
    quorums: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: RULEBOOK.powers.length, maxLength: 16 }),
    gone: fc.nat(5),
    together: fc.array(fc.nat(5)),
  });
  const build = ({
    officers,
    quorums,
  }: {
    officers: { roles: string[]; of: string | undefined }[];
    quorums: number[];
  }) => ({
    ...withOfficers(officers.map(({ roles, of: house }, i) => [`o${i}`, roles, house])),
    powers: RULEBOOK.powers.map((grant, i) => ({ ...grant, quorum: quorums[i] ?? 1 })),
  });

  test('removing one never adds a coalition, a power alone, or a living power', () => {
    fc.assert(
      fc.property(world, ({ gone, together, ...made }) => {
        const rulebook = build(made);
        const left = rulebook.officers.filter((_, i) => i !== gone % rulebook.officers.length);
        const before = standingPowers({ rulebook });
        const after = standingPowers({ rulebook: { ...rulebook, officers: left } });
        for (const power of after.powers) {
          const was = of(before, power.power);
          const known = new Set(was.coalitions.map(String));
          expect(power.coalitions.filter((coalition) => !known.has(String(coalition)))).toEqual([]);
          expect(power.spare).toBeLessThanOrEqual(was.spare);
          expect(was.alone).toEqual(expect.arrayContaining([...power.alone]));
          expect(was.houses).toEqual(expect.arrayContaining([...power.houses]));
        }
        const some = new Set(together.map((i) => `o${i}`));
        for (const { power } of before.powers) {
          if (canTogether(after, power, some)) expect(canTogether(before, power, some)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('exactly the coalitions can: each of them, and nobody with one less', () => {
    fc.assert(
      fc.property(world, (made) => {
        const standing = standingPowers({ rulebook: build(made) });
        for (const { power, coalitions, coalitionCount } of standing.powers) {
          expect(BigInt(coalitions.length)).toBe(coalitionCount);
          for (const coalition of coalitions) {
            expect(canTogether(standing, power, new Set(coalition))).toBe(true);
            expect(canTogether(standing, power, new Set(coalition.slice(1)))).toBe(false);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('who holds a key', () => {
  test('is told what a thief of it could do, and who ends that', () => {
    const log = buildLog();
    const { parties, time, rulebook } = log.state;
    const holders = keyHolders({ rulebook: rulebook?.body ?? RULEBOOK, parties: [...parties.values()], time });
    const find = (who: string, key: string) => holders.find((one) => one.who === who && one.key.startsWith(key));
    expect(find('officer-a', 'officer')).toMatchObject({ alone: 'suspend', lost: expect.stringContaining('revoke') });
    expect(find('officer-a', 'officer')?.thief).toContain(
      'Suspends 100 at a time, each for at most 14 d, again and again.',
    );
    expect(find('Civic office', 'credential')?.until).toContain('2 of officer-a, officer-b; followers know');
    expect(find('governor', 'statement')?.alone).toContain('without their signatures nothing');
    expect(find('operator', 'admin')?.thief).toContain('revokes and pays nobody');
  });

  test('is told so when nobody is left who could end it', () => {
    const rulebook = withOfficers([['officer-a', ['revoker']]]);
    const parties = [
      civicParty(signatures),
      ...rulebook.officers.map((one) => ({
        ...one,
        kind: 'officer' as const,
        keys: [{ use: 'approval' as const, key: one.key }],
        accreditations: [],
      })),
    ];
    const holders = keyHolders({ rulebook, parties, time: DAY_MS });
    expect(holders.find(({ key }) => key.startsWith('credential'))?.until).toContain(
      'never: 1 of the 2 officers it takes to compromise are left',
    );
  });
});
