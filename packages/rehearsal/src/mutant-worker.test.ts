import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from './mutant-bank.ts';
import { startMutantWorker } from './mutant-worker.ts';
import { applyMutant } from './mutants.ts';

test('a worker takes a wrong version in and out again: what is as it should be is noticed by nobody', async () => {
  await using worker = startMutantWorker(30_000);
  const mutant = MUTANTS.find(({ name }) => name === 'unknown taken for valid');
  if (mutant === undefined) throw new Error('It is in the bank.');
  const right = readFileSync(join(resolve(import.meta.dirname, '..', '..', '..'), mutant.file), 'utf8');
  const seeds = [1];
  expect(await worker.ask({ mutant, seeds, wrong: right })).toEqual({ violated: null });
  expect(await worker.ask({ mutant, seeds, wrong: applyMutant(mutant) })).toEqual({
    violated: 'never-valid-without-evidence',
  });
  expect(await worker.ask({ mutant, seeds, wrong: right })).toEqual({ violated: null });
  // A text that is no program kills whoever loads it, and is noticed by nobody.
  expect(await worker.ask({ mutant, seeds, wrong: 'no program' })).toBeUndefined();
});
