// Run as a process of its own. Over a copy of the sources: a wrong version and seeds in, the oracle that noticed out. As a
// worker: over the sources themselves, with one wrong version after the other in place of what they say.
import { resolve } from 'node:path';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutant-bank.ts';
import { watchFiles } from './wrong-versions.ts';

const ROOT = resolve(import.meta.dirname, '..', '..', '..');

/** What a worker is asked; `wrong` is the whole text of the file as the wrong version has it. */
export type MutantTask = { readonly mutant: Mutant; readonly seeds: readonly number[]; readonly wrong: string };

export type MutantAnswer = { readonly violated: string | null };

const [, , text, ...asked] = process.argv;
if (text === undefined) work();
else {
  const { rehearseMutant } = await import('./mutant-rehearsal.ts');
  process.stdout.write(JSON.stringify({ violated: await rehearseMutant(JSON.parse(text), asked.map(Number)) }));
}

function work(): void {
  const versions = watchFiles(ROOT, [...new Set(MUTANTS.map(({ file }) => file))]);
  process.on('message', async ({ mutant, seeds, wrong }: MutantTask) => {
    const { rehearseMutant } = await import('./mutant-rehearsal.ts');
    await versions.put(mutant.file, wrong);
    const violated = await rehearseMutant(mutant, seeds);
    await versions.put(mutant.file);
    process.send?.({ violated } satisfies MutantAnswer);
  });
}
