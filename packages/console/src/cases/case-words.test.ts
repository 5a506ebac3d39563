import type { CaseView } from '@holdfast/server/answers';
import { expect, test } from 'vitest';
import { effectsOf, turnOf } from './case-words.ts';

const AT_REVIEW = { remedy: 'revoke', stage: 'review', held: false } as const;

test('who judges is told that a finding suspends at once, and what it comes to if nobody appeals', () => {
  expect(effectsOf(AT_REVIEW, 2, true)).toBe(
    'Once 2 of you have found so it is at once suspended, and those concerned can appeal. If nobody does, the credential is revoked, and never counts again.',
  );
  expect(effectsOf({ ...AT_REVIEW, held: true }, 1, false)).toBe(
    'Once one of you has found so nothing follows, and it is suspended no longer. Whoever complained can appeal.',
  );
});

test('the panel of an appeal is told that what it finds is final', () => {
  const appeal = { remedy: 'lift', stage: 'appeal', held: false } as const;
  expect(effectsOf(appeal, 2, true)).toBe('Once 2 of you have found so it is final: the credential counts again.');
  expect(effectsOf(appeal, 2, false)).toBe('Once 2 of you have found so it is final: nothing follows.');
});

test('a case that is over says what came of it', () => {
  const over = { stage: 'final', remedy: 'admit', owner: '', dueAt: 0, onSilence: 'ends' } as CaseView;
  const finding = { by: 'officers', at: 0 } as const;
  expect(turnOf({ ...over, finding: { ...finding, upheld: true } }, 0)).toContain('the applicant is admitted');
  expect(turnOf({ ...over, finding: { ...finding, upheld: false } }, 0)).toContain('Nothing follows from it');
});
