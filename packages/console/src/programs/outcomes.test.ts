import { expect, test } from 'vitest';
import { countRefusals, groupAmounts } from './outcomes.ts';

test('refusals are counted by reason, the most frequent first', () => {
  const refused = ['a', 'b', 'b'].map((code) => ({ application: '', salt: '', code: `application.${code}` }));
  expect(countRefusals(refused)).toEqual([
    { code: 'application.b', count: 2 },
    { code: 'application.a', count: 1 },
  ]);
});

test('few amounts are shown each for itself, and nobody is lost', () => {
  expect(groupAmounts([500n, 100n, 500n, 0n])).toEqual([
    { from: 0n, to: 0n, people: 1, total: 0n },
    { from: 100n, to: 100n, people: 1, total: 100n },
    { from: 500n, to: 500n, people: 2, total: 1000n },
  ]);
  expect(groupAmounts([])).toEqual([]);
});

test('many amounts are shown in equal steps that hold everybody and all the money', () => {
  const amounts = Array.from({ length: 1000 }, (_, i) => BigInt(i * i));
  const groups = groupAmounts(amounts);
  expect(groups.length).toBeLessThanOrEqual(12);
  expect(groups.reduce((sum, { people }) => sum + people, 0)).toBe(1000);
  expect(groups.reduce((sum, { total }) => sum + total, 0n)).toBe(amounts.reduce((sum, one) => sum + one, 0n));
  expect(groups.at(-1)?.to).toBe(998_001n);
});
