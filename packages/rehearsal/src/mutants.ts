import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { assert } from '@holdfast/core';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutant-bank.ts';
import { type MutantWorker, startMutantWorker } from './mutant-worker.ts';

export type MutantResult = {
  readonly name: string;
  /** The oracle that noticed, if possible one that is there for it; null when all held although the product was wrong. */
  readonly killedBy: string | null;
};

const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const PACKAGES = ['core', 'verifier', 'wallet', 'server', 'rehearsal'] as const;
/** Rehearsals of different mutants at once, and how long one may take. */
const AT_ONCE = 2;
const TIMEOUT_MS = 120_000;
/** One seed leaves kinds of fault out, so that a few are tried until the wrong version shows; fewer of them by a worker. */
const SEEDS = 8;
const SEEDS_OF_WORKER = 3;

/**
 * Rehearses each wrong version and says which oracle noticed: put into a process that runs the right one, or where that
 * cannot be done in a copy of the packages' sources and a process of its own. Needs the sources: a published package has
 * none, and throws.
 */
export async function killMutants(
  seed: number,
  progress: (done: number, total?: number) => void,
  mutants: readonly Mutant[] = MUTANTS,
): Promise<MutantResult[]> {
  const results = new Map<Mutant, MutantResult>();
  const settle = (mutant: Mutant, killedBy: string | null) => {
    results.set(mutant, { name: mutant.name, killedBy });
    progress(results.size, mutants.length);
  };
  // Whatever is like each other lies together: the process has compiled it by then.
  const left = mutants.filter(({ isAlone = false }) => !isAlone).toSorted((a, b) => a.mode.localeCompare(b.mode));
  const alone = mutants.filter(({ isAlone = false }) => isAlone);
  const atOnce = Array.from({ length: Math.min(AT_ONCE, mutants.length) });
  await Promise.all(
    atOnce.map(async () => {
      while (left.length > 0) alone.push(...(await killInOne(left, seed, settle)));
    }),
  );
  await Promise.all(atOnce.map(() => killAlone(alone, seed, settle)));
  return mutants.map((mutant) => results.get(mutant)).filter((result) => result !== undefined);
}

type Settle = (mutant: Mutant, killedBy: string | null) => void;

/** As many as one worker can take; those that are to be rehearsed alone come back. */
async function killInOne(left: Mutant[], seed: number, settle: Settle): Promise<Mutant[]> {
  await using worker = startMutantWorker(TIMEOUT_MS);
  const [noticed, unnoticed]: [Mutant[], Mutant[]] = [[], []];
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    const seeds = seedsOf(mutant, seed).slice(0, SEEDS_OF_WORKER);
    const answer = await worker.ask({ mutant, seeds, wrong: applyMutant(mutant) });
    const noticedBy = mutant.noticedBy.find((oracle) => oracle === answer?.violated);
    // Whatever is not as it should be is tried again where nothing else was tried before.
    if (noticedBy === undefined) unnoticed.push(mutant);
    else noticed.push(mutant);
    if (noticedBy !== undefined) settle(mutant, noticedBy);
    if (answer === undefined) return unnoticed;
  }
  return (await isRight(worker, seed)) ? unnoticed : [...unnoticed, ...noticed];
}

/** At its end a worker rehearses the product as it is: that something is noticed then would be left of a wrong version. */
async function isRight(worker: MutantWorker, seed: number): Promise<boolean> {
  const [any] = MUTANTS;
  assert(any !== undefined, 'the bank has a wrong version');
  const wrong = readFileSync(join(ROOT, any.file), 'utf8');
  const mutant = { ...any, mode: 'roles' as const, minutes: 1, noticedBy: [] };
  return (await worker.ask({ mutant, seeds: [seed], wrong }))?.violated === null;
}

async function killAlone(left: Mutant[], seed: number, settle: Settle): Promise<void> {
  if (left.length === 0) return;
  using copy = createCopy();
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    settle(mutant, await kill(copy.root, mutant, seed));
  }
}

function seedsOf({ seed }: Mutant, first: number): number[] {
  const asked = Array.from({ length: SEEDS }, (_, i) => first + i);
  return seed === undefined ? asked : [seed, ...asked];
}

/** The mutated text. A patch that fits nowhere, or in two places, is a defect of the bank. */
export function applyMutant({ name, file, find, replace }: Mutant, root: string = ROOT): string {
  const text = readFileSync(join(root, file), 'utf8');
  assert(text.split(find).length === 2, `the text of the mutant "${name}" is in its file exactly once`);
  return text.replace(find, () => replace);
}

/** Makes one file of the copy wrong, and right again afterwards. */
async function kill(copy: string, mutant: Mutant, seed: number): Promise<string | null> {
  const file = join(copy, mutant.file);
  writeFileSync(file, applyMutant(mutant));
  try {
    return await rehearseCopy(copy, mutant, seed);
  } finally {
    cpSync(join(ROOT, mutant.file), file);
  }
}

function createCopy(): Disposable & { readonly root: string } {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-mutant-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    copySources(root);
  } catch (error) {
    remove();
    throw error;
  }
  return { root, [Symbol.dispose]: remove };
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
function rehearseCopy(copy: string, mutant: Mutant, seed: number): Promise<string | null> {
  const script = join(copy, 'packages', 'rehearsal', 'src', 'mutant-run.ts');
  const flags = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, script, JSON.stringify(mutant), ...seedsOf(mutant, seed).map(String)];
  // What Node compiles of the copy goes with it.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(copy, 'compiled') };
  return new Promise((done) => {
    execFile(process.execPath, args, { timeout: TIMEOUT_MS, cwd: dirname(script), env }, (error, stdout) => {
      done(error === null ? (JSON.parse(stdout) as { violated: string | null }).violated : null);
    });
  });
}
