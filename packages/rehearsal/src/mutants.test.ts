import { expect, test } from 'vitest';
import { MUTANTS } from './mutant-bank.ts';
import { killMutants } from './mutants.ts';

test('every wrong version is noticed, by an oracle that is there for it', { timeout: 480_000 }, async () => {
  const results = await killMutants(1, () => undefined);
  const wrongly = results.filter(
    ({ name, killedBy }) =>
      !MUTANTS.some((mutant) => mutant.name === name && mutant.noticedBy.some((oracle) => oracle === killedBy)),
  );
  expect(wrongly).toEqual([]);
  expect(results).toHaveLength(MUTANTS.length);
});
