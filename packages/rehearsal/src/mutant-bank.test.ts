import { expect, test } from 'vitest';
import { MUTANTS } from './mutant-bank.ts';
import { applyMutant } from './mutants.ts';

// Quick, and in a file of its own: whoever changes a line of the product sees here whether a wrong version was made of it.
test.each(MUTANTS)('the patch "$name" applies to the sources as they are', (mutant) => {
  expect(applyMutant(mutant)).toContain(mutant.replace);
});

test('a patch that fits nowhere is refused rather than rehearsed', () => {
  const [mutant] = MUTANTS;
  expect(() => applyMutant({ ...(mutant as (typeof MUTANTS)[number]), find: 'nowhere in this file' })).toThrow();
});
