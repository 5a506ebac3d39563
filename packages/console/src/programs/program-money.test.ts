import type { ProgramAnswer } from '@holdfast/server/answers';
import { expect, test } from 'vitest';
import { moneyOf } from './program-money.ts';

function answer(payments: ProgramAnswer['payments']) {
  return { program: { budget: '1500000' }, payments } as ProgramAnswer;
}

test('the parts add up to the budget, and what was returned is not spent', () => {
  const payments = {
    reserved: { count: 1, total: '10000' },
    carried: { count: 148, total: '1480000' },
    voided: { count: 1, total: '10000' },
  };
  const parts = moneyOf(answer(payments));
  expect(parts.map(({ name, people }) => [name, people])).toEqual([
    ['reserved', 1],
    ['paid and sent on', 148],
    ['left', undefined],
  ]);
  expect(parts.reduce((sum, { total }) => sum + total, 0n)).toBe(1_500_000n);
});

test('before anything moves all of it is left', () => {
  expect(moneyOf(answer({}))).toEqual([{ name: 'left', total: 1_500_000n }]);
});
