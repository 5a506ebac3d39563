import type { ScenarioFigures, ScenarioReport } from '@holdfast/rehearsal';
import { expect, test } from 'vitest';
import { encodeScenarioPlot } from './scenario-plot.ts';
import { rangesOf, wordsOfRanges } from './scenario-ranges.ts';
import { wordsOfScenario } from './scenario-words.ts';

const CALM: ScenarioFigures = {
  ...{ applied: 3, acknowledged: 3, admitted: 2, unanswered: 0 },
  refused: { 'application.not_eligible': 1 },
  paid: { people: 2, amount: '20000' },
  returned: { people: 0, amount: '0' },
  open: { people: 0, amount: '0' },
  paidAfterMs: { p50: 10_000, p99: 40_000, longest: 40_000 },
  reserved: { mostAtOnce: '20000', forMs: { p50: 500, p99: 900, longest: 900 } },
  wrong: {},
  hands: { revocations: 0, payments: 0, signatures: 0 },
  promises: { lateIntake: 0, unconfirmed: 0, unanswered: 0 },
  ...{ tookMs: 600_000, broken: [], violations: [] },
  course: [
    { ms: 70_000, arrived: 1, reserved: '10000' },
    { ms: 90_000, arrived: 2, reserved: '0' },
  ],
};

const FAULTY: ScenarioFigures = {
  ...CALM,
  ...{ applied: 4, acknowledged: 4, admitted: 3 },
  paid: { people: 3, amount: '20001' },
  paidAfterMs: { p50: 10_000, p99: 100_000, longest: 100_000 },
  wrong: { 'twice-to-one-person': { people: 1, amount: '6667', borneBy: { issuer: '6667' } } },
  hands: { revocations: 0, payments: 1, signatures: 2 },
  promises: { lateIntake: 4, unconfirmed: 0, unanswered: 0 },
};

function reportOf(scenario: ScenarioFigures, seed = 1): ScenarioReport {
  return {
    ...{ seed, title: 'What <if>', isSealed: true, calm: CALM, scenario },
    program: { id: 'relief', title: 'Relief', asset: { code: 'EUR', decimals: 2 }, budget: '100000' },
    time: { window: 60_000, confirm: 30_000, appeal: 30_000 },
    stated: { window: 1_209_600_000, confirm: 30_000, appeal: 30_000 },
  };
}

test('the answer says what is different, what was paid wrongly and who bears it, what was done by hand, what was promised', () => {
  const words = wordsOfScenario(reportOf(FAULTY));
  expect(words).toContain('Rehearsed in less time than it says: window 1 min for 14 d.');
  expect(words).toContain(
    '3 people are paid instead of 2, 0.01 EUR more in all. Whom it was meant for get 133.34 EUR instead of 200.00 EUR.',
  );
  expect(words).toContain('99 of 100 have their money 1 min later than in calm weather.');
  expect(words).toContain('Refused 1 (calm: 1): “Your credential shows that you do not meet the rules.”');
  expect(words).toContain(
    'Paid a second time to one person: 1 person, 66.67 EUR. By the rulebook it is borne by the issuer (66.67 EUR).',
  );
  expect(words).toContain('Promises missed: 4 people stand in the log later than their acknowledgement says.');
  expect(words.filter((line) => line.length > 150)).toEqual([]);
});

test('where nothing comes of it the answer says that it comes to the same', () => {
  const words = wordsOfScenario(reportOf(CALM));
  expect(words).toContain('In money and people it comes to the same as in calm weather: 2 people, 200.00 EUR.');
  expect(words).toContain('No promise is missed.');
});

test('a law that was broken is said with what was seen', () => {
  const broken = { ...FAULTY, broken: ['never-paid-twice'], violations: ['never-paid-twice: 2 went out for 1'] };
  expect(wordsOfScenario(reportOf(broken))).toContain('A LAW WAS BROKEN  never-paid-twice: 2 went out for 1');
});

test('several seeds give what the figures range over, amounts as exact as one seed has them', () => {
  const dearer = { ...FAULTY, paid: { people: 3, amount: '90071992547409931' } };
  const reports = [reportOf(dearer, 1), reportOf(CALM, 2), reportOf(FAULTY, 3)];
  expect(rangesOf(reports).paidAmount?.scenario).toEqual({
    least: '20000',
    middle: '20001',
    most: '90071992547409931',
  });
  expect(wordsOfRanges(reports).join('\n')).toMatch(/scenario +200\.00 EUR +200\.01 EUR +900,719,925,474,099\.31 EUR/);
});

test('the picture is of itself, whatever a title says', () => {
  const picture = encodeScenarioPlot(reportOf(FAULTY));
  expect(picture).toContain('What &#60;if&#62;: people who have their money');
  expect(picture).not.toMatch(/<script|href|NaN/);
  expect(encodeScenarioPlot(reportOf({ ...CALM, course: [] }))).not.toContain('NaN');
});
