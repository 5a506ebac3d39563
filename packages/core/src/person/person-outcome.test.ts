import { describe, expect, test } from 'vitest';
import { gradeOf, readPersonWords, sentencesOf } from '../../test/person-words.ts';
import { CASE_STAGES } from '../cases/case-record.ts';
import { PROGRAM_PHASES } from '../program/phase.ts';
import { APPLICATION_REFUSALS } from '../program/refusals.ts';
import { type ApplicationMatter, outcomeOfApplication } from './application-outcome.ts';
import { type CaseMatter, outcomeOfCase } from './case-outcome.ts';
import { type CredentialMatter, changesOfCredential, outcomeOfCredential } from './credential-outcome.ts';
import type { ComplaintTerms, PersonOutcome } from './person-outcome.ts';
import { PERSON_LANGUAGES, type PersonLanguage, sayDate, sayPhrase } from './phrase.ts';

const NOW = Date.UTC(2026, 10, 28, 15, 4);
const DAY_MS = 86_400_000;
const WORDS = readPersonWords();
const reason = (named: string, subjects: readonly string[], remedies: readonly string[]) =>
  ({
    class: named,
    subjects,
    remedies,
    track: 'person',
    deadlineMs: DAY_MS,
  }) as ComplaintTerms['rules']['reasons'][number];
const TERMS: ComplaintTerms = {
  longestMs: 65 * DAY_MS,
  rules: {
    reasons: [
      reason('wrongly-refused', ['application', 'payment'], ['admit', 'release']),
      reason('wrongly-revoked', ['credential'], ['reinstate']),
      reason('wrongly-suspended', ['credential'], ['lift']),
      reason('asked', ['application', 'payment'], ['none']),
    ],
  },
};

const APPLICATION: ApplicationMatter = {
  of: 'application',
  program: 'Winter relief',
  phase: 'open',
  isLottery: false,
  organiser: 'Relief office',
  receivedAt: NOW - DAY_MS,
  closesAt: NOW + DAY_MS,
  intakeBy: NOW + 2 * DAY_MS,
  state: 'acknowledged',
  appealUntil: NOW + 30 * DAY_MS,
  isProved: true,
};

function applications(): ApplicationMatter[] {
  const paid = { amount: '25.00 EUR', at: NOW, dueBy: NOW + DAY_MS, otherwise: 'post', isDecided: true } as const;
  const late = { ...APPLICATION, phase: 'paying' } as const;
  return [
    ...PROGRAM_PHASES.map((phase) => ({ ...APPLICATION, phase })),
    ...PROGRAM_PHASES.map((phase) => ({ ...APPLICATION, phase, state: 'admitted' as const })),
    { ...late, state: 'admitted', isLottery: true },
    ...APPLICATION_REFUSALS.map((refused) => ({ ...late, state: 'refused' as const, refused })),
    { ...late, state: 'refused', refused: 'application.not_eligible', appealUntil: NOW - DAY_MS },
    ...(['planned', 'reserved', 'posted', 'voided', 'carried'] as const).map((state) => ({
      ...late,
      state: 'admitted' as const,
      payment: { ...paid, state },
    })),
    { ...late, state: 'admitted', payment: { ...paid, state: 'reserved', otherwise: 'void' } },
    { ...late, state: 'admitted', payment: { ...paid, state: 'voided', isDecided: false } },
    { ...late, state: 'admitted', payment: { ...paid, state: 'carried', isRuled: true } },
    ...[{}, { case: 'c-1', dueBy: NOW + DAY_MS }].map((review) => ({
      ...{ ...late, review, state: 'admitted' as const },
      payment: { ...paid, state: 'reserved' as const },
    })),
    { ...APPLICATION, phase: 'closing', intakeBy: NOW - DAY_MS },
    { ...APPLICATION, promisedBy: NOW - DAY_MS },
  ];
}

function credentials(): CredentialMatter[] {
  const own = { of: 'credential', name: 'Residence', issuer: 'Civic office', since: NOW } as const;
  const states = (['missed', 'good', 'replaced', 'compromised'] as const).map((state) => ({ ...own, state }));
  const held = { ...own, state: 'suspended', reason: 'under review', at: NOW } as const;
  return [
    ...states,
    { ...own, state: 'good', lifted: NOW },
    { ...own, state: 'expired', at: NOW },
    { ...own, state: 'untrusted', at: NOW },
    { ...own, state: 'untrusted' },
    { ...own, state: 'revoked' },
    { ...own, state: 'offered', until: NOW + DAY_MS },
    { ...own, state: 'revoked', reason: 'residence ended', at: NOW },
    { ...held, until: NOW + DAY_MS, otherwise: 'good' },
    { ...held, until: NOW + DAY_MS, otherwise: 'revoked' },
    { ...held, otherwise: 'good' },
  ];
}

function cases(): CaseMatter[] {
  const kept = { of: 'case', filedAt: NOW } as const;
  const open = {
    ...kept,
    state: 'open',
    ...{ owner: 'reviewer', since: NOW, dueAt: NOW + DAY_MS },
    ...{ latestEnd: NOW + 20 * DAY_MS, isAppealed: false },
  } as const;
  const silences = ['passed-on', 'proceed', 'uphold', 'dismiss', 'redrawn'] as const;
  const findings = [true, false].flatMap((upheld) =>
    (['officers', 'silence'] as const).map((by) => ({ finding: { upheld, by } })),
  );
  const early = CASE_STAGES.filter((stage) => stage !== 'decided' && stage !== 'final');
  return [
    { ...kept, state: 'recorded', promisedBy: NOW + DAY_MS },
    { ...kept, state: 'closed' },
    ...early.flatMap((stage) => silences.map((onSilence) => ({ ...open, stage, onSilence }))),
    ...findings.flatMap((found) => [
      { ...open, ...found, stage: 'decided' as const, onSilence: 'final' as const },
      { ...open, ...found, stage: 'final' as const, onSilence: 'ends' as const },
    ]),
    { ...open, stage: 'final', onSilence: 'ends' },
    { ...open, stage: 'appeal', onSilence: 'final', isAppealed: true },
  ];
}

function outcomes(terms: ComplaintTerms | undefined): PersonOutcome[] {
  return [
    ...applications().map((matter) => outcomeOfApplication(matter, terms, NOW)),
    ...credentials().map((matter) => outcomeOfCredential(matter, terms, NOW)),
    ...cases().map(outcomeOfCase),
  ];
}

function say({ what, why, by, owner, appeal }: PersonOutcome, language: PersonLanguage): string[] {
  return [what, ...why, ...by, owner, appeal].map((phrase) => sayPhrase(phrase, WORDS, language));
}

describe('whoever asks about themselves', () => {
  test('is told what, why, by when, who fixes it and how to appeal, in every language, whatever the outcome', () => {
    for (const outcome of [...outcomes(TERMS), ...outcomes(undefined)]) {
      expect(outcome.why.length * outcome.by.length).toBeGreaterThan(0);
      for (const language of PERSON_LANGUAGES) {
        for (const said of say(outcome, language)) {
          expect(said).toMatch(/[.!?؟]$|\u2069\.$/u);
          expect(said).not.toMatch(/[{}]|\.(what|why|by)\b/);
        }
      }
    }
  });

  test('reads sentences of at most 15 words, in English at grade 7 or below', () => {
    for (const outcome of [...outcomes(TERMS), ...outcomes(undefined)]) {
      const text = say(outcome, 'en').join(' ');
      expect(sentencesOf(text).filter((words) => words.length > 15)).toEqual([]);
      expect(gradeOf(text), text).toBeLessThanOrEqual(7);
      for (const language of PERSON_LANGUAGES) {
        expect(sentencesOf(say(outcome, language).join(' ')).filter((words) => words.length > 15)).toEqual([]);
      }
    }
  });

  test('is told of a credential what changed since it last worked, by the log alone', () => {
    const own = { of: 'credential', name: 'Residence', issuer: 'Civic office', since: 1 } as const;
    const codes = (matter: CredentialMatter) => changesOfCredential(matter).map(({ code }) => code);
    expect(changesOfCredential({ ...own, state: 'revoked', reason: 'moved', at: NOW })).toEqual([
      { code: 'change.worked', values: { date: { date: NOW } } },
      { code: 'change.decision', values: { reason: 'moved' } },
    ]);
    // What the log does not say is not made up from when it was issued.
    expect(codes({ ...own, state: 'revoked' })).toEqual(['change.other']);
    expect(codes({ ...own, state: 'expired', at: NOW })).toEqual(['change.worked', 'change.validity']);
    expect(codes({ ...own, state: 'untrusted' })).toEqual(['change.trust']);
    expect(codes({ ...own, state: 'good' })).toEqual(['change.none']);
    expect(codes({ ...own, state: 'good', lifted: NOW })).toEqual(['change.lifted']);
    const unsaid = credentials().filter((matter) => codes(matter).length === 0);
    expect(unsaid.map(({ state }) => state)).toEqual(['missed', 'offered']);
    expect(
      credentials()
        .flatMap(codes)
        .filter((code) => !WORDS.has(code)),
    ).toEqual([]);
  });

  test('can be told every sentence that there is', () => {
    const said = [...outcomes(TERMS), ...outcomes(undefined)].flatMap(({ what, why, by, owner, appeal }) =>
      [what, ...why, ...by, owner, appeal].map(({ code }) => code),
    );
    const listed = [...WORDS.keys()].filter((code) => !/^(change|contact|date|failed|month|page)\b/.test(code));
    expect(listed.filter((code) => !said.includes(code))).toEqual([]);
  });

  test('is offered a complaint only about what the rules have a reason for, before its time is over, and proved', () => {
    const refused = { ...APPLICATION, phase: 'paying', state: 'refused', refused: 'application.not_eligible' } as const;
    expect(outcomeOfApplication(refused, TERMS, NOW)).toMatchObject({
      acts: ['complain'],
      complaint: { about: 'application', remedy: 'admit', classes: ['wrongly-refused'] },
    });
    for (const [matter, terms] of [
      [refused, undefined],
      [{ ...refused, isProved: false }, TERMS],
      [{ ...refused, appealUntil: NOW }, TERMS],
    ] as const) {
      expect(outcomeOfApplication(matter, terms, NOW)).toMatchObject({ acts: [] });
      expect(outcomeOfApplication(matter, terms, NOW).complaint).toBeUndefined();
    }
  });

  test('can appeal once, and take back what is not over', () => {
    const decided = cases().filter((matter) => matter.state === 'open' && matter.stage === 'decided');
    for (const matter of decided) {
      expect(outcomeOfCase(matter).acts).toEqual(['appeal', 'withdraw']);
      expect(outcomeOfCase({ ...matter, isAppealed: true } as CaseMatter).acts).toEqual(['withdraw']);
    }
    expect(
      cases().flatMap((matter) => (outcomeOfCase(matter).code.endsWith('final') ? outcomeOfCase(matter).acts : [])),
    ).toEqual([]);
  });
});

test('a date is said in every language, to the minute and in UTC', () => {
  const said = PERSON_LANGUAGES.map((language) => sayDate(Date.UTC(2028, 1, 29, 3, 5), WORDS, language));
  expect(said).toEqual([
    '29 February 2028, 03:05 UTC',
    '29. Februar 2028, 03:05 UTC',
    '29 febrero 2028, 03:05 UTC',
    '29 فبراير 2028، 03:05 UTC',
  ]);
  for (let day = 0; day < 20_000; day += 37) {
    const [year, month, date] = new Date(day * DAY_MS).toISOString().slice(0, 10).split('-').map(Number);
    expect(sayDate(day * DAY_MS, new Map(), 'en')).toBe(`${date} ${String(month).padStart(2, '0')} ${year}, 00:00 UTC`);
  }
});

test('what a value says is never read as a placeholder, and in Arabic it keeps its own direction', () => {
  const words = new Map([['x', { en: '{a} {b}', de: '{a} {b}', es: '{a} {b}', ar: '{a} {b}' }]]);
  const phrase = { code: 'x', values: { a: '{b}', b: '25.00 EUR' } };
  expect(sayPhrase(phrase, words, 'en')).toBe('{b} 25.00 EUR');
  expect(sayPhrase(phrase, words, 'ar')).toBe('\u2068{b}\u2069 \u206825.00 EUR\u2069');
  expect(sayPhrase({ code: 'unheard-of' }, words, 'en')).toBe('unheard-of');
});
