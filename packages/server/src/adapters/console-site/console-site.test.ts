import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatformClock } from '@holdfast/verifier';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openConsoleSite } from './console-site.ts';

const PACKAGES = ['console', 'core', 'verifier', 'wallet'];
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-site-'));
  for (const name of PACKAGES) await mkdir(join(root, 'packages', name, 'src'), { recursive: true });
  await mkdir(join(root, 'packages/console/build'));
  await write('build/build-site.ts', build('<h1>one</h1>'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function write(path: string, text: string): Promise<void> {
  return writeFile(join(root, 'packages/console', path), text);
}

/** Says so in `built` each time it runs, so that what is built twice is seen. */
function build(index: string): string {
  return `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
const folder = process.argv[2] ?? '';
appendFileSync('../../built', 'x');
mkdirSync(folder + '/assets', { recursive: true });
writeFileSync(folder + '/index.html', ${JSON.stringify(index)});
writeFileSync(folder + '/assets/a.js', 'let a;');
writeFileSync(folder + '/assets/a.js.br', 'br');
`;
}

function open() {
  const folder = join(root, 'packages/console');
  return openConsoleSite({ folder, clock: createPlatformClock(), report: () => undefined });
}

async function built(): Promise<string[]> {
  return (await readdir(join(root, 'node_modules/.cache/holdfast-console'))).sort();
}

async function timesBuilt(): Promise<number> {
  return (await readFile(join(root, 'built'), 'utf8')).length;
}

test('what was built from these sources is built once, however many begin at the same time', async () => {
  const sites = [open(), open()];
  expect(sites[0]?.current().state).toBe('building');
  await Promise.all(sites.map(({ settled }) => settled));
  for (const site of sites) expect(site.current()).toMatchObject({ state: 'ready', index: '<h1>one</h1>' });
  await open().settled;
  expect(await timesBuilt()).toBe(1);
  expect(await built()).toHaveLength(1);
});

test('changed sources are built anew, and what was built from others goes', async () => {
  await open().settled;
  const [before] = await built();
  await write('src/page.tsx', 'export const page = 1;');
  const site = open();
  await site.settled;
  expect(site.current()).toMatchObject({ state: 'ready' });
  const after = await built();
  expect(after).toHaveLength(1);
  expect(after[0]).not.toBe(before);
});

test('a build that fails is told in its words, and one that comes later begins again', async () => {
  await write('build/build-site.ts', "process.stderr.write('no such module\\n'); process.exit(1);");
  const failed = open();
  await failed.settled;
  expect(failed.current()).toMatchObject({ state: 'failed', words: 'It could not be built: no such module' });
  await write('build/build-site.ts', build('<h1>two</h1>'));
  const site = open();
  await site.settled;
  expect(site.current()).toMatchObject({ state: 'ready', index: '<h1>two</h1>' });
});

test('a lock of a process that was killed holds nobody up', async () => {
  const site = open();
  await site.settled;
  const [digest = ''] = await built();
  const cache = join(root, 'node_modules/.cache/holdfast-console');
  await rm(join(cache, digest), { recursive: true });
  // No process has this number: the kernel gives none above 2^22.
  await writeFile(join(cache, `${digest}.lock`), '4194305');
  const next = open();
  await next.settled;
  expect(next.current().state).toBe('ready');
  expect(existsSync(join(cache, `${digest}.lock`))).toBe(false);
});

test('an installed package is served as it was built, and nothing is made', async () => {
  await rm(join(root, 'packages/console/src'), { recursive: true });
  await mkdir(join(root, 'packages/console/dist/site/assets'), { recursive: true });
  await write('dist/site/index.html', '<h1>installed</h1>');
  await write('dist/site/assets/a.js', 'let a;');
  const site = open();
  await site.settled;
  const current = site.current();
  expect(current).toMatchObject({ state: 'ready', index: '<h1>installed</h1>' });
  expect(current.state === 'ready' && [...current.files.keys()]).toEqual(['assets/a.js']);
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
});

test('stopped in the middle, it leaves no build of its own behind', async () => {
  await write('build/build-site.ts', 'setInterval(() => {}, 1000);');
  const site = open();
  await site[Symbol.asyncDispose]();
  expect(site.current().state).not.toBe('ready');
});
