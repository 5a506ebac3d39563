// Run as a process of its own: every wrong version of the check reads the vectors that are there for it, and says which of them it
// answers otherwise.
import { registerHooks } from 'node:module';
import { changedRulebook } from './changed-rulebook.ts';

type Mutant = {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The code whose vectors are read. */
  readonly noticed: string;
};
type Vector = {
  readonly of: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[];
};
type Check = (rulebook: unknown) => readonly { code: string; severity: string; path: string }[];

const { mutants, vectors } = JSON.parse(process.argv[2] ?? '') as { mutants: Mutant[]; vectors: Vector[] };
const RULEBOOK = new URL('../src/rulebook/', import.meta.url).href;

// A version of the room's modules for every wrong one; what they import from elsewhere is the same for all.
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    const version = new URL(context.parentURL ?? RULEBOOK).search;
    return version !== '' && found.url.startsWith(RULEBOOK) ? { ...found, url: `${found.url}${version}` } : found;
  },
  load: (url, context, next) => {
    const loaded = next(url, context);
    const { pathname, search } = new URL(url);
    const mutant = mutants[Number(search.slice(1))];
    if (search === '' || mutant === undefined || !pathname.endsWith(`/rulebook/${mutant.file}`)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(mutant.find)) throw new Error(`${mutant.file} has no ${mutant.find}`);
    return { ...loaded, source: source.replace(mutant.find, () => mutant.replace) };
  },
});

const noticed: boolean[] = [];
for (const [at, mutant] of mutants.entries()) {
  const { checkRulebook } = (await import(`${RULEBOOK}check-rulebook.ts?${at}`)) as { checkRulebook: Check };
  const own = vectors.filter((vector) => codesOf(vector).includes(mutant.noticed));
  noticed.push(own.some((vector) => answer(checkRulebook, vector) !== expected(vector)));
}
process.stdout.write(JSON.stringify(noticed));

function expected({ errors }: Vector): string {
  return [...new Set(errors)].sort().join('\n');
}

function answer(check: Check, { of, changes }: Vector): string {
  const errors = check(changedRulebook(of, changes)).filter(({ severity }) => severity === 'error');
  return [...new Set(errors.map(({ code, path }) => `${code} ${path}`))].sort().join('\n');
}

/** What a vector is there to show; one without errors shows that nothing is bypassed. */
function codesOf({ errors }: Vector): string[] {
  return errors.length === 0 ? ['power.bypassed'] : errors.map((error) => error.split(' ')[0] ?? '');
}
