import { expect, test } from 'vitest';
import { MUTANTS } from './mutant-bank.ts';
import { applyMutant, killMutants } from './mutants.ts';

test.each(MUTANTS)('the patch "$name" applies to the sources as they are', (mutant) => {
  expect(applyMutant(mutant)).toContain(mutant.replace);
});

test('a patch that fits nowhere is refused rather than rehearsed', () => {
  const [mutant] = MUTANTS;
  expect(() => applyMutant({ ...(mutant as (typeof MUTANTS)[number]), find: 'nowhere in this file' })).toThrow();
});

test('every wrong version is noticed, by an oracle that is there for it', { timeout: 480_000 }, async () => {
  const results = await killMutants(1, () => undefined);
  const wrongly = results.filter(
    ({ name, killedBy }) =>
      !MUTANTS.some((mutant) => mutant.name === name && mutant.noticedBy.some((oracle) => oracle === killedBy)),
  );
  expect(wrongly).toEqual([]);
  expect(results).toHaveLength(MUTANTS.length);
});
