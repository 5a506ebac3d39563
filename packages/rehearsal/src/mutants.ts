import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { assert } from '@holdfast/core';
import { MUTANTS, type Mutant } from './mutant-bank.ts';

export type MutantResult = {
  readonly name: string;
  /** The oracle that noticed first; null when the rehearsal held although the product was wrong. */
  readonly killedBy: string | null;
};

const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const PACKAGES = ['core', 'verifier', 'wallet', 'server', 'rehearsal'] as const;
/** Rehearsals of different mutants at once, and how long one may take. */
const AT_ONCE = 2;
const TIMEOUT_MS = 120_000;
/** Virtual minutes of one rehearsal; it ends at the first violation. */
const MINUTES = 4;

/**
 * Rehearses each wrong version in a copy of the packages' sources, in a process of its own, and says which oracle
 * noticed. Needs the sources: a published package has none, and throws.
 */
export async function killMutants(
  seed: number,
  progress: (done: number, total?: number) => void,
  mutants: readonly Mutant[] = MUTANTS,
): Promise<MutantResult[]> {
  const results: MutantResult[] = [];
  const left = [...mutants.entries()];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [at, mutant] = next;
      results[at] = { name: mutant.name, killedBy: await kill(mutant, seed) };
      progress(results.filter((result) => result !== undefined).length, mutants.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

/** The mutated text. A patch that fits nowhere, or in two places, is a defect of the bank. */
export function applyMutant({ name, file, find, replace }: Mutant, root: string = ROOT): string {
  const text = readFileSync(join(root, file), 'utf8');
  assert(text.split(find).length === 2, `the text of the mutant "${name}" is in its file exactly once`);
  return text.replace(find, () => replace);
}

async function kill(mutant: Mutant, seed: number): Promise<string | null> {
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-mutant-'));
  try {
    copySources(copy);
    writeFileSync(join(copy, mutant.file), applyMutant(mutant));
    return await rehearseCopy(copy, mutant, seed);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Sources and manifests; other people's packages are linked, ours point into the copy. */
function copySources(copy: string): void {
  for (const name of PACKAGES) {
    for (const part of ['package.json', 'src']) {
      const from = join(ROOT, 'packages', name, part);
      const isWanted = (path: string) => !path.endsWith('.test.ts');
      cpSync(from, join(copy, 'packages', name, part), { recursive: true, filter: isWanted });
    }
  }
  cpSync(join(ROOT, 'spec'), join(copy, 'spec'), {
    recursive: true,
    filter: (path) => basename(path) !== 'vectors',
  });
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@holdfast'), { recursive: true });
  for (const entry of readdirSync(join(ROOT, 'node_modules'))) {
    if (entry !== '@holdfast') symlinkSync(join(ROOT, 'node_modules', entry), join(modules, entry));
  }
  for (const name of PACKAGES) symlinkSync(join(copy, 'packages', name), join(modules, '@holdfast', name));
}

/** A copy that crashes or does not end was noticed by no oracle: a patch that is not even a program proves nothing. */
function rehearseCopy(copy: string, { mode, minutes = MINUTES }: Mutant, seed: number): Promise<string | null> {
  const script = join(copy, 'packages', 'rehearsal', 'src', 'mutant-run.ts');
  const args = ['--conditions=@holdfast/source', script, mode, `${seed}`, `${minutes}`];
  return new Promise((done) => {
    execFile(process.execPath, args, { timeout: TIMEOUT_MS, cwd: dirname(script) }, (error, stdout) => {
      done(error === null ? (JSON.parse(stdout) as { violated: string | null }).violated : null);
    });
  });
}
