import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { firstWords } from './first-words.ts';

// `node build/build-site.ts FOLDER`: the console as files, each with what it compresses to. Run by the server when what it
// has is not of these sources, and once for the package that others install.
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The server puts a nonce of its own in its place for every answer. */
const NONCE_MARK = '__holdfast_nonce__';
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say where to build to.');

const reasons = JSON.parse(await readFile(join(ROOT, '../../spec/reasons.json'), 'utf8')) as {
  readonly code: string;
  readonly operator: string;
  readonly person: string | { readonly en: string };
}[];

/** What to do about a row of a list, by the code of what is wrong with it. */
const problems = JSON.parse(await readFile(join(ROOT, '../../spec/problems.json'), 'utf8')) as typeof reasons;
const fixes = problems.filter(({ code }) => code.startsWith('list.'));
type Said = { readonly code: string; readonly person: Readonly<Record<string, string>> };
const [outcomes, pages] = await Promise.all(
  ['outcomes', 'pages'].map(
    async (name) => JSON.parse(await readFile(join(ROOT, `../../spec/${name}.json`), 'utf8')) as Said[],
  ),
);
/** What the pages for everybody say, and the parts that their dates are made of. */
const said = [
  ...(pages ?? []),
  ...(outcomes ?? []).filter(({ code }) => /^(date|month|failed|page\.secret)\b/.test(code)),
];

// What is built here is for people, whatever the process that asked for it is doing.
process.env.NODE_ENV = 'production';

await build({
  mode: 'production',
  root: ROOT,
  base: '/console/',
  configFile: false,
  logLevel: 'error',
  publicDir: false,
  html: { cspNonce: NONCE_MARK },
  plugins: [firstWords({ styles: join(ROOT, 'first.css'), script: join(ROOT, 'src/first.ts') })],
  resolve: { conditions: ['@holdfast/source', 'browser', 'module', 'import', 'default'] },
  define: {
    'process.env.NODE_ENV': '"production"',
    ROW_FIXES: JSON.stringify(Object.fromEntries(fixes.map(({ code, operator }) => [code, operator]))),
    PAGE_WORDS: JSON.stringify(said.map(({ code, person }) => [code, person])),
    REFUSAL_WORDS: JSON.stringify(
      Object.fromEntries(
        reasons
          .filter(({ code }) => code.startsWith('application.'))
          .map(({ code, operator, person }) => [
            code,
            { operator, person: typeof person === 'string' ? person : person.en },
          ]),
      ),
    ),
    REASON_PERSON_WORDS: JSON.stringify(Object.fromEntries(reasons.map(({ code, person }) => [code, person]))),
    REASON_WORDS: JSON.stringify(Object.fromEntries(reasons.map(({ code, operator }) => [code, operator]))),
  },
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: 'es2023',
    cssCodeSplit: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    // The operators' console, the page of a clerk, and for everybody the checker and a wallet.
    rollupOptions: {
      input: ['index.html', 'clerk.html', 'checker.html', 'wallet.html'].map((page) => join(ROOT, page)),
    },
  },
});

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
for (const entry of entries.filter(({ name }) => /\.(js|css|svg)$/.test(name))) {
  const path = join(entry.parentPath, entry.name);
  const bytes = await readFile(path);
  await writeFile(`${path}.br`, brotliCompressSync(bytes, BROTLI));
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
