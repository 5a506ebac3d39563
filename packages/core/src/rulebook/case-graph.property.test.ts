import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedRulebook } from '../../test/changed-rulebook.ts';
import type { CaseAct, CaseTarget } from '../cases/act.ts';
import { type CaseRecord, latestEnd } from '../cases/case-record.ts';
import { actOn, elapse, escalate } from '../cases/course.ts';
import { newCase, termsFor } from '../fold/cases.ts';
import { createNetworkState } from '../fold/state.ts';
import { longestCaseOf, NEVER, ownersAt, waysToEffect } from './case-course.ts';
import {
  type CaseGround,
  type CaseKind,
  type CasePoint,
  caseKinds,
  dueMsOf,
  startOf,
  stepsFrom,
} from './case-graph.ts';
import { CASE_SILENCES, type CaseRules } from './case-rules.ts';
import { type Rulebook, rulebookSchema } from './rulebook.ts';

const BASE = rulebookSchema.parse(changedRulebook('single-organisation', {}));
const target: CaseTarget = { of: 'credential', list: 'https://a.example/1', index: 1 };

/** Rules whose silences mean anything that they can. */
const aRulebook: fc.Arbitrary<Rulebook> = fc
  .record({
    triaged: fc.constantFrom(...CASE_SILENCES),
    answer: fc.constantFrom(...CASE_SILENCES),
    review: fc.constantFrom('uphold' as const, 'dismiss' as const),
    quorum: fc.integer({ min: 1, max: 3 }),
    alternates: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ triaged, answer, review, quorum, alternates }) => {
    if (BASE.cases === undefined) throw new Error('it has cases');
    const tracks = BASE.cases.tracks.map((track) => ({
      ...track,
      triaged: { ...track.triaged, onSilence: triaged },
      ...(track.answer === undefined ? {} : { answer: { ...track.answer, onSilence: answer } }),
      review: { ...track.review, onSilence: review, quorum, alternates },
    }));
    return { ...BASE, cases: { ...BASE.cases, tracks } };
  });

const rulesOf = (rulebook: Rulebook): CaseRules => {
  if (rulebook.cases === undefined) throw new Error('it has cases');
  return rulebook.cases;
};

function opened(rulebook: Rulebook, kind: CaseKind): CaseRecord {
  const { class: reasonClass, subject: about, remedy, owner: role } = kind;
  const terms = termsFor(rulebook, { class: reasonClass, subject: about, remedy });
  if (terms === undefined) throw new Error('there are such cases');
  const of = { id: 'case', entry: 1, about, class: reasonClass, remedy, subject: 's'.repeat(43), rulebook: 0, terms };
  return { ...newCase(createNetworkState(), { ...of, rules: rulesOf(rulebook) }), role, respondent: 'holder' };
}

/** What decides where a case can go, of everything that is on its record. */
function wordOf({ kind, stage, vouched, named, round, finding }: CasePoint): string {
  const inReview = stage === 'review' ? round : 0;
  const end = finding === undefined || stage === 'appeal' ? '' : `${finding.upheld} ${finding.by}`;
  // Once it is reviewed nobody asks any more who had vouched for it.
  const word = stage === 'triaged' || stage === 'answer' ? vouched : '';
  return [kind.class, kind.remedy, stage, word, named, inReview, end].join(' ');
}

function pointOf(record: CaseRecord, kinds: readonly CaseKind[]): CasePoint {
  const { stage, vouched, finding, alternates, terms } = record;
  const kind = kinds.find((each) => each.class === record.class && each.remedy === record.remedy);
  if (kind === undefined) throw new Error('a case is of a kind');
  const round = stage === 'review' ? terms.track.review.alternates - alternates : 0;
  const base = { kind, stage, vouched, named: record.target !== undefined, officers: 0, round };
  return finding === undefined ? base : { ...base, finding: { upheld: finding.upheld, by: finding.by } };
}

const NAMES = ['officer-a', 'officer-b', 'officer-c', 'officer-d'];
const anAct: fc.Arbitrary<Exclude<CaseAct, { act: 'open' }>> = fc.oneof(
  fc.constantFrom<Exclude<CaseAct, { act: 'open' }>>(
    { act: 'hold', target, approvals: ['x'] },
    { act: 'advance', approvals: ['x'] },
    { act: 'answer', evidence: 'e'.repeat(43) },
    { act: 'extend' },
    { act: 'appeal', evidence: 'e'.repeat(43) },
    { act: 'withdraw' },
    { act: 'triage', admit: true, target, approvals: ['x'] },
    { act: 'triage', admit: false, approvals: ['x'] },
  ),
  fc.boolean().map((upheld) => ({ act: 'find' as const, upheld, target, reasons: 'r'.repeat(43), approvals: ['x'] })),
);
/** Somebody acts at some share of the time there is, or it passes. */
const aStep = fc.record({
  isContradicted: fc.boolean(),
  act: fc.option(anAct),
  share: fc.double({ min: 0, max: 0.99, noNaN: true }),
});

test('a case goes only where the search has looked, and ends no later than it says', () => {
  let ended = 0;
  fc.assert(
    fc.property(aRulebook, fc.nat(), fc.array(aStep, { maxLength: 24 }), fc.boolean(), (rulebook, at, steps, few) => {
      const kinds = caseKinds(rulesOf(rulebook)).filter(({ subject }) => subject === 'credential');
      const kind = kinds[at % kinds.length];
      if (kind === undefined) return;
      const ground: CaseGround = { kinds, hasRespondent: true, holdQuorum: 1, stewardFrom: few ? 0 : NEVER };
      const longest = longestCaseOf(rulesOf(rulebook))?.ms ?? 0;
      const draw = () => (few ? [] : NAMES);
      let record = opened(rulebook, kind);
      const promised = latestEnd(record);
      expect(wordOf(pointOf(record, kinds))).toBe(wordOf(startOf(kind)));
      const goesTo = (next: CaseRecord) => {
        // Where nobody was left to draw, the record says so by having no alternates left either.
        const isSame = (to: CasePoint) => wordOf(few ? { ...to, round: 0 } : to);
        const [from, to] = [pointOf(record, kinds), pointOf(next, kinds)];
        const reached = stepsFrom({ ...from, round: few ? 0 : from.round }, ground).map((step) => isSame(step.to));
        if (isSame(to) !== isSame(from)) expect(reached, isSame(from)).toContain(isSame(to));
        record = next;
      };
      let time = 0;
      const passes = () => {
        time = record.dueAt;
        // A hold that ends on the way changes nothing here.
        goesTo(elapse(record, time, draw).record);
      };
      for (const { act, share, isContradicted } of steps) {
        if (record.stage === 'final') break;
        if (act === null) passes();
        else {
          time += Math.floor((record.dueAt - time) * share);
          record = elapse(record, time, draw).record;
          const next = actOn(record, act, { time, officers: NAMES, isSigned: true });
          if (typeof next !== 'string') goesTo(next);
          if (isContradicted && record.hold !== undefined && record.finding === undefined)
            goesTo(escalate(record, time));
        }
      }
      while (record.stage !== 'final') passes();
      ended += 1;
      expect(record.since).toBeLessThanOrEqual(Math.min(longest, promised));
    }),
    { numRuns: 100 },
  );
  expect(ended).toBeGreaterThan(30);
});

test('by silence alone nothing has an effect: somebody has always had a part in it', () => {
  fc.assert(
    fc.property(aRulebook, fc.boolean(), (rulebook, few) => {
      for (const kind of caseKinds(rulesOf(rulebook)).filter(({ remedy }) => remedy !== 'none')) {
        const ways = waysToEffect(kind, { holdQuorum: 1, stewardFrom: few ? 0 : NEVER });
        expect(ways.bySilence ?? 1).toBeGreaterThan(0);
        expect(ways.byOfficers).toBe(few ? 1 : Math.min(kind.track.review.quorum, kind.track.appeal.quorum));
      }
    }),
    { numRuns: 30 },
  );
});

test.each(['single-organisation', 'consortium'])(
  'wherever a case of a %s can stand it has an owner, a time, and a way on by silence',
  (of) => {
    const { cases } = rulebookSchema.parse(changedRulebook(of, {}));
    if (cases === undefined) throw new Error('it has cases');
    const kinds = caseKinds(cases);
    const ground: CaseGround = { kinds, hasRespondent: true, holdQuorum: 1, stewardFrom: 0 };
    const seen = new Map(kinds.map(startOf).map((point) => [JSON.stringify(point), point] as const));
    // What is found on the way is looked at too: a map goes on with what it gets.
    for (const point of seen.values()) {
      const steps = stepsFrom(point, ground);
      for (const { to } of steps) if (to.officers < 4) seen.set(JSON.stringify(to), to);
      if (point.stage === 'final') continue;
      expect(ownersAt(point, cases.steward).length).toBeGreaterThan(0);
      expect(dueMsOf(point)).toBeGreaterThan(0);
      expect(steps.some(({ by }) => by === 'silence')).toBe(true);
    }
    expect(seen.size).toBeGreaterThan(500);
  },
);

test('the latest end of a case counts the time that the authority has when the steward looks at it late', () => {
  const kind = caseKinds(rulesOf(BASE)).find(({ track }) => track.answer !== undefined);
  if (kind === undefined) throw new Error('some cases are answered');
  let record = opened(BASE, kind);
  const promised = latestEnd(record);
  const draw = () => NAMES;
  record = elapse(record, record.dueAt, draw).record;
  expect(latestEnd(record)).toBeLessThanOrEqual(promised);
  const time = record.dueAt - 1;
  const next = actOn(
    record,
    { act: 'triage', admit: true, approvals: ['x'] },
    { time, officers: NAMES, isSigned: true },
  );
  if (typeof next === 'string') throw new Error('the steward may look at it');
  expect(latestEnd(next)).toBeLessThanOrEqual(promised);
  expect(promised).toBe(longestCaseOf(rulesOf(BASE))?.ms);
});
