import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Our own lint: what the linter does not know about this house (STYLE: "Our own lint").
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.holdfast', 'coverage']);
const BANNED_NAMES =
  /(^|[-./])(utils?|helpers?|common|misc|managers?|handlers?|processors?|base|services?|data|info)([-./]|$)/i;
const MAX_LINES = 450;

function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path.split(sep).join('/')];
  });
}

const files = listFiles('.').map((file) => file.replace(/^\.\//, ''));
const sources = files.filter((file) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(file));
const product = sources.filter((file) => !/\.(test|contract)\.ts$/.test(file));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('no path has a name that says nothing', () => {
  // TypeScript's customary name for the configuration that others extend.
  const named = files.filter((file) => file !== 'tsconfig.base.json');
  expect(named.filter((file) => BANNED_NAMES.test(file))).toEqual([]);
});

test('nothing that an editor or a merge left behind is kept', () => {
  const kept = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  expect(kept.filter((file) => /(\.(orig|rej|bak|swp)|~)$/.test(file))).toEqual([]);
});

test('every file fits a sitting', () => {
  // A door is a list of names, one a line: nobody reads it through.
  const rooms = product.filter((file) => !/^packages\/[^/]+\/src\/index\.ts$/.test(file));
  const long = rooms.filter((file) => read(file).split('\n').length > MAX_LINES);
  expect(long).toEqual([]);
});

test('every room of every package is in ARCHITECTURE.md', () => {
  const architecture = read('ARCHITECTURE.md');
  const rooms = new Set(
    product.flatMap((file) => {
      const [, name = '', , room = ''] = file.split('/');
      return /\.tsx?$/.test(room) ? [] : [`${name}/${room}`];
    }),
  );
  const missing = [...rooms].filter((room) => {
    const [name = '', folder = ''] = room.split('/');
    return !architecture.includes(`${name}/${folder}`) && !new RegExp(`\`${name}\`[^\\n]*${folder}`).test(architecture);
  });
  expect(missing).toEqual([]);
});

test('every code that is thrown is listed in spec/problems.json, and every listed one is thrown', () => {
  const listed = (JSON.parse(read('spec/problems.json')) as { code: string }[]).map(({ code }) => code);
  const text = product.map(read).join('\n');
  const thrown = new Set([...text.matchAll(/new CodedError\(\s*'([^']+)'/g)].map(([, code]) => code));
  const mentioned = new Set([...text.matchAll(/'([a-z0-9-]+\.[a-z0-9-]+)'/g)].map(([, code]) => code));
  expect([...thrown].filter((code) => code !== undefined && !listed.includes(code)).sort()).toEqual([]);
  expect(listed.filter((code) => !mentioned.has(code)).sort()).toEqual([]);
  expect(listed).toEqual([...new Set(listed)].sort());
});

test('every reason a verdict can give has words in every language, short enough to show', () => {
  const reasons = JSON.parse(read('spec/reasons.json')) as { code: string; person: Record<string, string> }[];
  const listed = new Set(reasons.map(({ code }) => code));
  const families =
    'application|check|critical|disclosure|evidence|format|freshness|holder|position|query|signature|status|time|trust';
  const pattern = new RegExp(`'((?:${families})\\.[a-z]+(?:_[a-z]+)*)'`, 'g');
  const used = product
    .filter((file) => /packages\/(core|verifier)\//.test(file))
    .flatMap((file) => [...read(file).matchAll(pattern)].map(([, code]) => code ?? ''))
    // Codes of errors are written with hyphens or are listed as problems; these are not reasons.
    .filter((code) => !isProblem(code));
  expect([...new Set(used)].filter((code) => !listed.has(code)).sort()).toEqual([]);
  const wordless = reasons.filter(({ person }) => Object.keys(person).sort().join() !== 'ar,de,en,es');
  expect(wordless.map(({ code }) => code)).toEqual([]);
  const long = reasons.flatMap(({ code, person }) =>
    Object.values(person).map((words) => [code, words.length] as const),
  );
  expect(long.filter(([, length]) => length === 0 || length > 160)).toEqual([]);
});

test.each(['outcomes', 'pages'])(
  'every sentence for people in spec/%s.json is in every language, short enough, and asks for the same values in each',
  (file) => {
    const entries = JSON.parse(read(`spec/${file}.json`)) as { code: string; person: Record<string, string> }[];
    const codes = entries.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort());
    const unlike = entries.filter(({ person }) => Object.keys(person).sort().join() !== 'ar,de,en,es');
    expect(unlike.map(({ code }) => code)).toEqual([]);
    const valuesOf = (words = '') =>
      [...words.matchAll(/\{([a-z]+)\}/g)]
        .map(([, name]) => name)
        .sort()
        .join();
    const wrong = entries.filter(({ person }) =>
      Object.values(person).some((words) => words.length > 160 || valuesOf(words) !== valuesOf(person.en)),
    );
    expect(wrong.map(({ code }) => code)).toEqual([]);
    const text = product.map(read).join('\n');
    const unsaid = codes.filter((code) => code.startsWith('page.') && !text.includes(`'${code}'`));
    expect(unsaid).toEqual([]);
  },
);

function isProblem(code: string): boolean {
  return (JSON.parse(read('spec/problems.json')) as { code: string }[]).some((problem) => problem.code === code);
}

test('every port has a contract, and every adapter of it runs the contract', () => {
  const ports = product.filter((file) => /^packages\/server\/src\/ports\//.test(file));
  const contracts = sources.filter((file) => file.endsWith('.contract.ts'));
  const withoutContract = ports
    .map((file) => basename(file, '.ts'))
    // Time, entropy and the network's face have no state of their own to disagree about.
    .filter((port) => !['clock', 'entropy', 'network'].includes(port))
    .filter((port) => !contracts.some((contract) => basename(contract) === `${port}.contract.ts`));
  expect(withoutContract).toEqual([]);
  const tests = files
    .filter((file) => file.endsWith('.test.ts'))
    .map(read)
    .join('\n');
  const unused = contracts.filter((contract) => !tests.includes(basename(contract)));
  expect(unused).toEqual([]);
});

test('every vector is read by a test', () => {
  const vectors = files.filter((file) => file.startsWith('spec/vectors/') && file.endsWith('.json'));
  const tests = files
    .filter((file) => /\.test\.ts$|\/test\/.*\.ts$/.test(file))
    .map(read)
    .join('\n');
  const unread = vectors.filter((file) => {
    const folder = dirname(relative('spec/vectors', file)).split('/')[0] ?? '';
    return !tests.includes(basename(file)) && !tests.includes(`vectors/${folder}`);
  });
  expect(unread).toEqual([]);
});

test('core and verifier depend on no more than the written list', () => {
  const listOf = (name: string, member: 'dependencies' | 'peerDependencies') =>
    Object.keys((JSON.parse(read(`packages/${name}/package.json`)) as { [key: string]: object })[member] ?? {}).sort();
  // What whoever installs `@holdfast/verifier` gets beside us; the peers come only with the doors that need them.
  expect(listOf('core', 'dependencies')).toEqual(['@noble/hashes', 'zod']);
  expect(listOf('core', 'peerDependencies')).toEqual(['@bufbuild/cel', '@noble/curves']);
  expect(listOf('verifier', 'dependencies')).toEqual(['@holdfast/core']);
  expect(listOf('verifier', 'peerDependencies')).toEqual(['@peculiar/x509', 'reflect-metadata']);
  expect(listOf('wallet', 'dependencies')).toEqual(['@bufbuild/cel', '@holdfast/core', '@noble/curves']);
});

test('imports point down', () => {
  const below: Readonly<Record<string, readonly string[]>> = {
    core: [],
    verifier: ['core'],
    wallet: ['core'],
    server: ['core', 'verifier'],
    // What runs in the browser; of the server it knows what it answers, as types that nothing is left of.
    console: ['core', 'verifier', 'wallet', 'server'],
    rehearsal: ['core', 'verifier', 'wallet', 'server'],
    cli: ['core', 'verifier', 'wallet', 'server', 'rehearsal'],
  };
  const wrong = product.flatMap((file) => {
    const [, name = ''] = file.split('/');
    const imported = [...read(file).matchAll(/from '@holdfast\/([a-z]+)/g)].map(([, target]) => target ?? '');
    return imported.filter((target) => !below[name]?.includes(target)).map((target) => `${file} imports ${target}`);
  });
  expect(wrong).toEqual([]);
  const running = product
    .filter((file) => file.startsWith('packages/console/'))
    .filter((file) => /^import (?!type )[^;]*from '@holdfast\/server/m.test(read(file)));
  expect(running).toEqual([]);
});

test('core has no clock, no randomness and no platform', () => {
  const pure = product.filter((file) => file.startsWith('packages/core/') && !file.includes('/platform'));
  const impure = pure.filter((file) =>
    /\b(Date\.now|new Date|Math\.random|setTimeout|setInterval)|'node:/.test(stripComments(read(file))),
  );
  expect(impure).toEqual([]);
});

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '');
}

test('whatever fills and empties while a process runs has its bound beside it', () => {
  // What waits, is under way, or is remembered: grows here, and shrinks here. Fakes live as long as a test.
  const lasting = product.filter(
    (file) => /^packages\/(core|verifier|wallet|server)\//.test(file) && !/\/memory\/|-memory\.ts$/.test(file),
  );
  const unbounded = lasting.flatMap((file) => {
    const text = read(file);
    const made =
      /(?:^|\n)((?:[^\n]*\n){0,3}) *(?:const|let|readonly|private readonly) (#?\w+)(?:: [^=\n]+)? = (?:new (?:Map|Set)\b|\[\];)([^\n]*)/g;
    const found = [...text.matchAll(made)];
    return found.flatMap(([, above = '', name = '', after = '']) => {
      const does = (verbs: string) => new RegExp(`${name}\\.(?:${verbs})\\(`).test(text);
      if (!does('set|add|push|unshift') || !does('delete|shift|splice')) return [];
      const isCompared = new RegExp(
        `${name}\\.(?:size|length)[^\\n]{0,40}[<>]|[<>][^\\n]{0,40}${name}\\.(?:size|length)`,
      ).test(text);
      return isCompared || /\b(?:at most|bounded)\b/i.test(above + after) ? [] : [`${file}: ${name}`];
    });
  });
  expect(unbounded).toEqual([]);
});

test('every mark that something is left to do gives its reason', () => {
  const bare = product.filter((file) => /\b(TODO|FIXME|XXX)\b(?!\()/.test(read(file)));
  expect(bare).toEqual([]);
});

test('nothing tracked is large', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  const size = (file: string) => statSync(join(ROOT, file), { throwIfNoEntry: false })?.size ?? 0;
  expect(tracked.filter((file) => size(file) > 1_500_000)).toEqual([]);
});
