import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildLog } from '../../test/log-builder.ts';
import type { Grant, Rulebook } from '../rulebook/rulebook.ts';
import { DEFAULT_FRESHNESS } from '../verdict/freshness.ts';
import { describeProgram, type ProgramWarning } from './describe-program.ts';
import { parseProgram } from './parse-program.ts';
import type { Program } from './program.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/program/valid/programs.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; program: unknown }[] };
const example = (name: string) => parseProgram(vectors.find((one) => one.name === name)?.program);
const relief = example('winter-relief');
const heating = example('heating');
const [north = '', south = ''] = heating.uniqueness.issuers;

const grant = (power: Grant['power'], quorum: number): Grant => ({
  ...{ power, roles: ['treasurer'], quorum, classes: ['any'], maxTargets: 1, expiresInMs: 1000 },
});
const { rulebook: plain } = buildLog();
const rulebook = (...powers: Grant[]): Rulebook => ({ ...plain, powers, notice: { amendMs: 5000 } });

describe('the most that anybody gets', () => {
  test.each<[string, Partial<Program>, bigint]>([
    ['is the cap', {}, 60_000n],
    ['is no more than the budget', { budget: '50000' }, 50_000n],
    ['without a cap is the budget', { allocation: { mode: 'sealed', rule: 'pro-rata', weight: '1' } }, 10_000_000n],
    [
      'is no more than any issuer has',
      { issuerCaps: [north, south].map((issuer, i) => ({ issuer, maxAmount: `${(i + 1) * 1000}` })) },
      2000n,
    ],
  ])('%s', (_name, changes, expected) => {
    expect(describeProgram({ ...heating, ...changes }).mostEach).toBe(expected);
  });

  test.each<[string, string, Partial<Program>, number | undefined]>([
    ['by the budget', 'summer-camp', {}, 100],
    ['by the applications', 'summer-camp', { maxApplications: 7 }, 7],
    ['by the program itself', 'first-aid', { budget: '9000000' }, 200],
    ['by nothing where shares are not fixed', 'heating', {}, undefined],
  ])('goes to people bounded %s', (_name, which, changes, expected) => {
    expect(describeProgram({ ...example(which), ...changes }).mostPeople).toBe(expected);
  });
});

describe('the worst loss', () => {
  test.each<[string, Partial<Program>, string, bigint]>([
    ['an issuer without a cap', {}, north, 10_000_000n],
    [
      'the issuer with the highest cap',
      { issuerCaps: [north, south].map((issuer, i) => ({ issuer, maxAmount: `${i + 1}` })) },
      south,
      2n,
    ],
    ['no more than the budget', { issuerCaps: [{ issuer: north, maxAmount: '99999999' }] }, north, 10_000_000n],
  ])('to one sloppy issuer is by %s', (_name, changes, issuer, atMost) => {
    expect(describeProgram({ ...heating, ...changes }).losses.sloppyIssuer).toEqual({ issuer, atMost });
  });

  const advancing = (advanceMax?: string): Rulebook => {
    const { pay } = DEFAULT_FRESHNESS.network;
    const effects = { ...pay.effects, stale: 'advance' as const, recent: 'final' as const };
    const rule = { ...pay, effects, ...(advanceMax === undefined ? {} : { advanceMax }) };
    return { ...rulebook(), freshness: { ...DEFAULT_FRESHNESS, network: { ...DEFAULT_FRESHNESS.network, pay: rule } } };
  };
  const paidByDefault = { confirm: { withinMs: 1000, otherwise: 'post' as const } };

  test.each<[string, Partial<Program>, Rulebook | undefined, bigint]>([
    ['is nothing where what is unconfirmed is taken back', {}, rulebook(), 0n],
    ['is what is reserved where it is paid by default', paidByDefault, rulebook(), 1_000_000n],
    ['is never more than the budget', { ...paidByDefault, budget: '7' }, rulebook(), 7n],
    ['is what may be advanced to everybody', { maxApplications: 10 }, advancing('200'), 2000n],
    ['is what anybody may get where advances have no bound', { maxApplications: 10 }, advancing(), 300_000n],
    ['is known without a rulebook as far as the program says', paidByDefault, undefined, 1_000_000n],
  ])('to stale evidence %s', (_name, changes, rules, atMost) => {
    expect(describeProgram({ ...relief, ...changes }, rules).losses.staleEvidence.atMost).toBe(atMost);
  });

  test('to stale evidence is told with the age that counts as good', () => {
    const { pay } = DEFAULT_FRESHNESS.network;
    expect(describeProgram(relief, rulebook()).losses.staleEvidence.finalUpToMs).toBe(pay.liveMs);
    expect(describeProgram(relief, advancing()).losses.staleEvidence.finalUpToMs).toBe(pay.recentMs);
    expect(describeProgram(relief).losses.staleEvidence).not.toHaveProperty('finalUpToMs');
  });

  test.each<[string, Grant[], bigint, string[]]>([
    ['is nothing where all needs two', [grant('release', 2), grant('accredit', 2), grant('amend', 2)], 0n, []],
    ['is nothing where one can only stop', [grant('release', 2), grant('suspend', 1), grant('revoke', 1)], 0n, []],
    ['is all where one releases', [grant('release', 1)], 10_000_000n, ['release']],
    ['is all where one changes the rules', [grant('release', 2), grant('amend', 1)], 10_000_000n, ['amend']],
    ['is an issuer where one accredits', [grant('release', 2), grant('accredit', 1)], 3_000_000n, ['accredit']],
  ])('to a leaked key %s', (_name, powers, atMost, alone) => {
    const capped = { ...heating, uniqueness: { ...heating.uniqueness, issuers: [south] } };
    expect(describeProgram(capped, rulebook(...powers)).losses.leakedKey).toEqual({ atMost, powers: alone });
  });

  test('to a leaked key is not known without a rulebook', () => {
    expect(describeProgram(relief).losses).not.toHaveProperty('leakedKey');
  });
});

test('what can still change is told with who and how soon', () => {
  const powers = [grant('release', 2), grant('amend', 3), { ...grant('suspend', 1), maxDurationMs: 9000 }];
  expect(describeProgram(relief, rulebook(...powers)).changes).toEqual({
    release: { power: 'release', count: 2, roles: ['treasurer'] },
    amend: { power: 'amend', count: 3, roles: ['treasurer'], noticeMs: 5000 },
    suspend: { power: 'suspend', count: 1, roles: ['treasurer'], atMostMs: 9000 },
    renounced: ['amend', 'raise'],
    kept: ['cancel', 'extend'],
  });
  expect(describeProgram(relief).changes).toEqual({ renounced: ['amend', 'raise'], kept: ['cancel', 'extend'] });
});

describe('whoever approves it is told', () => {
  const lottery = example('summer-camp');
  const secrets = (parties: number, rounds: number): Partial<Program> => ({
    beacon: {
      kind: 'commit-reveal',
      parties: Array.from({ length: parties }, (_, i) => ({
        id: `${i}`,
        commitments: Array.from({ length: rounds }, (_round, j) => `${i}${j}`.padEnd(43, 'A')),
      })),
      revealWithinMs: 1000,
      exhausted: 'cancel',
    },
  });
  const treasurers = (count: number, ...powers: Grant[]): Rulebook => {
    const [officer] = plain.officers;
    const named = Array.from({ length: count }, () => ({ ...officer, roles: ['treasurer'] }));
    return { ...rulebook(...powers), officers: named as Rulebook['officers'] };
  };

  test.each<[string, Program, Rulebook | undefined, ProgramWarning[]]>([
    ['nothing, where there is nothing', { ...relief, issuerCaps: [] }, undefined, []],
    [
      'that one house draws',
      { ...lottery, issuerCaps: [], ...secrets(1, 1) },
      undefined,
      ['one-house', 'silence-stops'],
    ],
    ['that silence stops a draw', { ...lottery, issuerCaps: [], ...secrets(2, 1) }, undefined, ['silence-stops']],
    [
      'that the last to speak chooses',
      { ...lottery, issuerCaps: [], ...secrets(2, 2) },
      undefined,
      ['silence-stops', 'last-speaker'],
    ],
    [
      'that chance is out too soon',
      { ...lottery, issuerCaps: [], beacon: { ...lottery.beacon, stepMs: 1000 } as Program['beacon'] },
      undefined,
      ['step-short'],
    ],
    [
      'that first come is first served',
      {
        ...example('first-aid'),
        confirm: relief.confirm,
        allocation: { mode: 'instant', amount: '1', maxRecipients: 1, firstCome: true },
      },
      undefined,
      ['first-come'],
    ],
    ['that silence pays', example('first-aid'), undefined, ['default-pays']],
    ['that nothing can be appealed', { ...heating, appealMs: 0 }, undefined, ['no-appeal']],
    ['that all may be reserved', { ...heating, reserveMax: heating.budget }, undefined, ['reserve-covers-all']],
    ['that a cap limits nothing', relief, undefined, ['cap-unused']],
    ['that one releases alone', heating, treasurers(2, grant('release', 1)), ['alone']],
    ['that nobody may release it', heating, treasurers(2), ['no-release']],
    ['that too few could release it', heating, treasurers(1, grant('release', 2)), ['no-release']],
    ['nothing, where two release it', heating, treasurers(2, grant('release', 2)), []],
  ])('%s', (_name, program, rules, warnings) => {
    expect(describeProgram(program, rules).warnings).toEqual(warnings);
  });

  test('that two types are one set of people', () => {
    const credentials = [{ id: 'r', format: 'dc+sd-jwt', meta: { vct_values: ['a', 'b'] }, claims: [{ path: ['n'] }] }];
    expect(describeProgram({ ...heating, query: { credentials } }).warnings).toEqual(['several-types']);
  });
});
