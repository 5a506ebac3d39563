import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { changedRulebook } from '../../test/changed-rulebook.ts';
import { testRulebook } from '../../test/log-builder.ts';
import { TEST_CASES } from '../../test/test-case-rules.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { compareRulebooks } from './compare-rulebooks.ts';
import { type Grant, type Power, type Rulebook, rulebookSchema } from './rulebook.ts';

const signatures = createIdealSignatures();
const RULES: Rulebook = { ...testRulebook(signatures), cases: TEST_CASES };
const [PROFILE] = RULES.profiles;
const [URGENT, ORDINARY] = TEST_CASES.tracks;
if (PROFILE === undefined || URGENT === undefined || ORDINARY === undefined)
  throw new Error('the test rules have them');

const granted = (power: Power, changes: Partial<Grant>): Partial<Rulebook> => ({
  powers: RULES.powers.map((grant) => (grant.power === power ? { ...grant, ...changes } : grant)),
});
const without = (power: Power): Partial<Rulebook> => ({
  powers: RULES.powers.filter((grant) => grant.power !== power),
});
const withPay = (changes: Partial<Rulebook['freshness']['network']['pay']>): Partial<Rulebook> => {
  const { network } = RULES.freshness;
  return { freshness: { ...RULES.freshness, network: { ...network, pay: { ...network.pay, ...changes } } } };
};
const { effects } = RULES.freshness.network.pay;
const profile = (changes: object): Partial<Rulebook> => ({ profiles: [{ ...PROFILE, ...changes }] });
const cases = (changes: object): Partial<Rulebook> => ({ cases: { ...TEST_CASES, ...changes } });
const urgent = (changes: object) => cases({ tracks: [{ ...URGENT, ...changes }, ORDINARY] });
const witness = { vkey: 'w.example+00000000+AQ' };

/** What is looser, and the path by which it is told. */
const LOOSER: readonly (readonly [what: string, path: string, rules: Partial<Rulebook>])[] = [
  ['fewer officers', 'powers.lift.quorum', granted('lift', { quorum: 1 })],
  ['another role', 'powers.lift.roles', granted('lift', { roles: ['revoker', 'clerk'] })],
  ['another reason', 'powers.lift.classes', granted('lift', { classes: ['residence-ended', 'founding', 'whim'] })],
  ['more targets at once', 'powers.release.maxTargets', granted('release', { maxTargets: 101 })],
  ['approvals that count for longer', 'powers.amend.expiresInMs', granted('amend', { expiresInMs: 8e9 })],
  ['a power more', 'powers.except', { powers: [...RULES.powers, { ...grantFor('except'), quorum: 3 }] }],
  ['a shorter notice', 'notice.amendMs', { notice: { amendMs: 1 } }],
  ['a longer tick', 'tickMs', { tickMs: 6000 }],
  ['a wider band', 'freshness.network.pay.staleMs', withPay({ staleMs: 9e6 })],
  [
    'a stronger effect',
    'freshness.network.pay.effects.cut-off',
    withPay({ effects: { ...effects, 'cut-off': 'reserve' } }),
  ],
  ['older evidence in a profile', 'profiles.default.maxAgeMs', profileFrom({ maxAgeMs: 10 }, {})],
  [
    'a claim forbidden no longer',
    'profiles.default.forbiddenClaims',
    profileFrom({ forbiddenClaims: ['religion'] }, {}),
  ],
  ['a check required no longer', 'profiles.default.requiredChecks', profileFrom({ requiredChecks: ['sanctions'] }, {})],
  [
    'what was presented, kept longer',
    'profiles.default.retentionDays',
    profileFrom({ retentionDays: 3 }, { retentionDays: 4 }),
  ],
  [
    'a lower assurance',
    'profiles.default.minAssurance',
    profileFrom({ minAssurance: 'high' }, { minAssurance: 'substantial' }),
  ],
  ['entries that are soon gone', 'retention', { retention: { entriesMs: 86_400_000 } }],
  ['a first look at a case that may take longer', 'cases.tracks.urgent.filed.dueMs', urgent({ filed: { dueMs: 9e7 } })],
  ['a longer hold', 'cases.tracks.urgent.holdMs', urgent({ holdMs: 15 * 86_400_000 })],
  ['more by hand', 'cases.manual.perMille', cases({ manual: { ...TEST_CASES.manual, perMille: 51 } })],
].map(([what, path, rules]) => [what, path, rules] as [string, string, Partial<Rulebook>]);

/** What could leave somebody worse off whichever way it goes. */
const EITHER: readonly (readonly [what: string, path: string, rules: Partial<Rulebook>])[] = [
  ['more officers to revoke', 'powers.revoke.quorum', granted('revoke', { quorum: 3 })],
  ['a shorter suspension', 'powers.suspend.maxDurationMs', granted('suspend', { maxDurationMs: 1 })],
  ['nobody who revokes', 'powers.revoke', without('revoke')],
  ['an accreditation, by which issuers are stopped too', 'powers.accredit.quorum', granted('accredit', { quorum: 3 })],
  ['an officer less', 'officers.officer-c', { officers: RULES.officers.slice(0, 2) }],
  ['another key that orders', 'keys.network', { keys: { ...RULES.keys, network: signatures.key('x').jwk } }],
  ['another key of the log', 'log.vkey', { log: { ...RULES.log, vkey: 'log.example/test+00000001+AQ' } }],
  ['another bearer of a loss', 'loss', { loss: { unread: 'nobody' } }],
  ['less time to answer', 'cases.tracks.ordinary.answer.dueMs', answerOf(1)],
  [
    'silence that means something else',
    'cases.tracks.urgent.triaged.onSilence',
    urgent({ triaged: { ...URGENT.triaged, onSilence: 'dismiss' } }),
  ],
  ['no cases', 'cases', { cases: undefined } as unknown as Partial<Rulebook>],
  ['another profile', 'profiles.other', { profiles: [PROFILE, { ...PROFILE, id: 'other' }] }],
  ['one profile described twice', 'profiles', { profiles: [PROFILE, { ...PROFILE, minAssurance: 'high' }] }],
  ['a member that nobody has decided about', 'hours', { hours: 3 } as Partial<Rulebook>],
  [
    'a member of a member, likewise',
    'notice.hurryMs',
    { notice: { ...RULES.notice, hurryMs: 3 } as Rulebook['notice'] },
  ],
];

function grantFor(power: Power): Grant {
  const grant = RULES.powers.find((candidate) => candidate.power === 'lift');
  if (grant === undefined) throw new Error('the test rules lift');
  return { ...grant, power };
}

/** The rules that it becomes looser from lie in the first argument. */
function profileFrom(before: object, after: object): Partial<Rulebook> & { from: Partial<Rulebook> } {
  return { ...profile(after), from: profile(before) };
}

function answerOf(dueMs: number): Partial<Rulebook> {
  if (ORDINARY?.answer === undefined) throw new Error('the ordinary track has an answer');
  return cases({ tracks: [URGENT, { ...ORDINARY, answer: { ...ORDINARY.answer, dueMs } }] });
}

function sides(changed: Partial<Rulebook> & { from?: Partial<Rulebook> }): [Rulebook, Rulebook] {
  const { from = {}, ...after } = changed;
  return [
    { ...RULES, ...from },
    { ...RULES, ...after },
  ];
}

type Vector = { name: string; of: string; changes: Readonly<Record<string, unknown>>; found: readonly string[] };
const VECTORS = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/rulebook/valid/comparisons.json', import.meta.url), 'utf8'),
) as { vectors: readonly Vector[] };

test.each(VECTORS.vectors)('every reader says the same of $name', ({ of, changes, found }) => {
  const [before, after] = [{}, changes].map((each) => rulebookSchema.parse(changedRulebook(of, each)));
  if (before === undefined || after === undefined) throw new Error('there are two');
  const told = compareRulebooks(before, after).map(
    (change) => `${change.effect} ${change.path} ${change.before ?? '-'} ${change.after ?? '-'}`,
  );
  expect(told).toEqual(found);
});

describe('between two rulebooks', () => {
  test.each(LOOSER)('%s is looser, and tighter the other way round', (_, path, changed) => {
    const [before, after] = sides(changed);
    expect(compareRulebooks(before, after)).toEqual([expect.objectContaining({ path, effect: 'looser' })]);
    expect(compareRulebooks(after, before)).toEqual([expect.objectContaining({ path, effect: 'tighter' })]);
  });

  test.each(EITHER)('%s is looser, and so is taking it back', (_, path, changed) => {
    const [before, after] = sides(changed);
    expect(compareRulebooks(before, after)).toEqual([expect.objectContaining({ path, effect: 'looser' })]);
    const back = compareRulebooks(after, before);
    expect(back).toEqual([expect.objectContaining({ path, effect: 'looser' })]);
  });

  test('words and titles are neither', () => {
    const after = { ...RULES, title: 'Other', classes: [{ id: 'residence-ended', text: 'moved away' }] };
    expect(compareRulebooks(RULES, after)).toEqual([
      { path: 'title', before: 'Test network', after: 'Other', effect: 'neutral' },
      { path: 'classes.residence-ended.text', before: 'residence ended', after: 'moved away', effect: 'neutral' },
    ]);
  });

  test('an accreditation is as any power where issuers are stopped by powers of their own', () => {
    const own = (['withdraw', 'enrol', 'rotate', 'compromise'] as const).map(grantFor);
    const before = { ...RULES, powers: [...RULES.powers, ...own] };
    const powers = before.powers.map((grant) => (grant.power === 'accredit' ? { ...grant, quorum: 3 } : grant));
    expect(compareRulebooks(before, { ...before, powers })).toEqual([
      { path: 'powers.accredit.quorum', before: '2', after: '3', effect: 'tighter' },
    ]);
  });

  test('witnesses are tighter, and each more of them makes their quorum easier', () => {
    const one = { ...RULES, witnesses: { quorum: 1, members: [witness] } };
    const two = { ...RULES, witnesses: { quorum: 1, members: [witness, { vkey: 'v.example+00000000+AQ' }] } };
    expect(compareRulebooks(RULES, one)).toMatchObject([{ path: 'witnesses', effect: 'tighter' }]);
    expect(compareRulebooks(one, two)).toMatchObject([{ effect: 'looser' }]);
  });

  test('amounts are compared as amounts, however long', () => {
    const [small, large] = ['99999999999999999998', '99999999999999999999'];
    const [before, after] = [
      { ...RULES, ...withPay({ advanceMax: small }) },
      { ...RULES, ...withPay({ advanceMax: large }) },
    ];
    expect(compareRulebooks(before, after)).toEqual([
      { path: 'freshness.network.pay.advanceMax', before: small, after: large, effect: 'looser' },
    ]);
    // Without one verdicts name no limit, but silent checks let nothing through: neither is less than the other.
    expect(compareRulebooks(RULES, after)).toMatchObject([{ effect: 'looser' }]);
    expect(compareRulebooks(after, RULES)).toMatchObject([{ effect: 'looser' }]);
  });
});
