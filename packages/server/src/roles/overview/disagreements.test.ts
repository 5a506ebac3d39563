import { judge } from '@holdfast/core';
import { expect, test } from 'vitest';
import { judgement } from '../../../../core/test/judgement.ts';
import { compareAnswers } from './disagreements.ts';

test('answers on the same are compared: another basis explains a difference, the same basis does not', () => {
  const verdict = judge(judgement());
  const at = (about: string, changed: object = {}) => ({
    ...{ id: `of ${about}`, about, answeredAt: 1, verdict: { ...verdict, ...changed } },
  });
  const compare = (...sides: (readonly ReturnType<typeof at>[])[]) =>
    compareAnswers(['north', sides[0] ?? []], ['south', sides[1] ?? []]);
  expect(compare([at('a'), at('b'), at('c')], [at('a'), at('c')])).toEqual({ compared: 2, differing: [] });
  const { compared, differing } = compare([at('a'), at('b')], [at('a', { outcome: 'revoked' }), at('b')]);
  expect([compared, differing]).toMatchObject([2, [{ cause: 'unexplained', verdicts: ['of a', 'of a'] }]]);
  const older = { basis: { ...verdict.basis, tick: verdict.basis.tick - 1 } };
  const [explained] = compare([at('a')], [at('a', { ...older, outcome: 'revoked' })]).differing;
  expect(explained?.cause).not.toBe('unexplained');
});
