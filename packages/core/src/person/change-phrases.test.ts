import { expect, test } from 'vitest';
import { readPersonWords } from '../../test/person-words.ts';
import type { Cause } from '../verdict/explain.ts';
import type { Course, Stretch } from '../verdict/explain-over-time.ts';
import { changePhrases } from './change-phrases.ts';

const stretch = (outcome: Stretch['outcome'], at: number): Stretch => ({
  ...{ outcome, effect: outcome === 'valid' ? 'final' : 'none', freshness: 'live', reasons: [] },
  ...{ since: at, until: at + 5, count: 2, position: null },
});
const courseOf = (outcomes: readonly Stretch['outcome'][], ...causes: readonly Cause[]): Course => ({
  stretches: outcomes.map((outcome, i) => stretch(outcome, 100 * i)),
  turns: causes.map((cause, i) => ({ between: [100 * i + 5, 100 * i + 100], cause })),
});
const decided: Cause = {
  kind: 'decision',
  deciding: {
    ...{ entry: 7, effectiveAt: 150 },
    decisions: [
      { entry: 6, power: 'revoke', class: 'x', text: 'residence ended', officers: [], received: 1, authorised: 2 },
    ],
  },
};

test('what changed is said from when it last worked: that time, and what ended it', () => {
  expect(changePhrases(courseOf(['valid', 'revoked'], decided))).toEqual([
    { code: 'change.worked', values: { date: { date: 5 } } },
    { code: 'change.decision', values: { reason: 'residence ended' } },
  ]);
  const later = courseOf(['valid', 'unknown', 'revoked'], { kind: 'age', older: 'south' }, decided);
  expect(changePhrases(later).map(({ code }) => code)).toEqual(['change.worked', 'change.age']);
});

test('what never worked, still works, or was never asked about is said so', () => {
  expect(changePhrases(courseOf([]))).toEqual([]);
  expect(changePhrases(courseOf(['unknown']))).toEqual([{ code: 'change.never', values: { date: { date: 5 } } }]);
  const back = courseOf(['unknown', 'valid'], { kind: 'age', older: 'south' });
  expect(changePhrases(back)).toEqual([{ code: 'change.still', values: { date: { date: 105 } } }]);
});

test('every cause of a change has words', () => {
  const words = readPersonWords();
  const causes: Cause[] = [
    decided,
    { kind: 'decision', deciding: { entry: 1, effectiveAt: 1, decisions: [] } },
    { kind: 'position', behind: 'a', ahead: 'b' },
    { kind: 'age', older: 'a' },
    { kind: 'validity', outcome: 'expired' },
    { kind: 'trust', code: 'trust.ended' },
    { kind: 'rulebook', indices: [0, 1] },
    { kind: 'check', check: 'c', said: ['passed', 'failed'] },
    { kind: 'unexplained' },
  ];
  const said = causes.map((cause) => changePhrases(courseOf(['valid', 'unknown'], cause))[1]?.code ?? '');
  expect(said.filter((code) => !words.has(code))).toEqual([]);
  const listed = [...words.keys()].filter((code) => code.startsWith('change.'));
  const alone = ['change.key', 'change.lifted', 'change.none', 'change.replaced'];
  const dated = ['change.never', 'change.still', 'change.worked'];
  expect(listed.filter((code) => !said.includes(code))).toEqual([...alone, ...dated].sort());
});
