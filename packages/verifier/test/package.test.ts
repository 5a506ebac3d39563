import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packInto } from '../../../tools/pack.ts';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { openBundle } from '../src/offline/open-bundle.ts';
import { createNodeEngine } from '../src/signatures/node-engine.ts';
import { createPackageWorld } from './package-world.ts';

// What strangers install: packed, installed outside the repository, and run there by the lines of its README.
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const README = readFileSync(join(ROOT, 'packages/verifier/README.md'), 'utf8');
const NOW = 1_800_000_000_000;

let folder: string;
let world: Awaited<ReturnType<typeof createPackageWorld>>;
/** What the code in the repository says of each credential: canonical bytes, as all others must say it. */
let expected: Readonly<Record<string, string>>;
/** The README's lines and all they lead to, as a page or an edge runtime takes them. */
let bundled: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
  const packed = packInto(join(folder, 'packed'));
  const home = join(folder, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{"private":true,"type":"module"}');
  install(home, Object.values(packed));
  world = await createPackageWorld(NOW);
  expected = await verdictsHere();
  const [, lines = ''] = /```js\n([\s\S]*?)```/.exec(README) ?? [];
  writeFileSync(join(home, 'readme.js'), lines);
  writeFileSync(join(home, 'run.js'), RUN);
  writeFileSync(join(home, 'world.json'), JSON.stringify(world));
  bundled = await bundleFor(join(home, 'run.js'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One moment for all runtimes: verdicts of two ticks differ, and should. */
const RUN = `import { encodeVerdict } from '@holdfast/core';
import { mayRelyOn } from './readme.js';
export async function run({ bundle, network, credentials }) {
  Date.now = () => ${NOW + 1000};
  const verdicts = {};
  for (const [name, text] of Object.entries(credentials)) verdicts[name] = encodeVerdict(await mayRelyOn(text, bundle, network));
  return JSON.stringify(verdicts);
}
`;

function install(home: string, tarballs: readonly string[]): void {
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--silent'];
  const { status } = spawnSync('npm', ['install', ...flags, ...tarballs], { cwd: home, timeout: 2 * PATIENCE_MS });
  if (status === 0) return;
  console.warn(
    `\n${'!'.repeat(78)}\nNO REGISTRY: npm could not install; the packages were unpacked by hand.\n${'!'.repeat(78)}\n`,
  );
  const modules = join(home, 'node_modules');
  for (const name of ['zod', '@noble/hashes']) {
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
  }
  for (const [i, name] of ['core', 'verifier'].entries()) {
    const target = join(modules, '@holdfast', name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['xzf', tarballs[i] ?? '', '--strip-components=1', '-C', target]);
  }
}

async function verdictsHere(): Promise<Record<string, string>> {
  const { encodeVerdict } = await import('@holdfast/core');
  const clock = { now: () => NOW + 1000, monotonic: () => 0, sleep: () => new Promise<void>(() => {}) };
  const verifier = await openBundle(world.bundle, { network: world.network, engine: createNodeEngine(), clock });
  const verdicts: Record<string, string> = {};
  for (const [name, text] of Object.entries(world.credentials)) {
    const { verdict } = await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } });
    expect(verdict.outcome).toBe(name);
    verdicts[name] = encodeVerdict(verdict);
  }
  return verdicts;
}

/** As a bundler takes it for a page: fails when anything in it asks for Node. */
async function bundleFor(input: string): Promise<string> {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input,
    platform: 'browser',
    onLog: (level, log) => void (level === 'warn' && warnings.push(log.message)),
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  expect(warnings).toEqual([]);
  expect(output).toHaveLength(1);
  return output[0].code;
}

describe('the packed verifier', () => {
  test('brings two packages beside our own, and nothing that runs at installing', (context) => {
    const file = join(folder, 'home', 'node_modules', '.package-lock.json');
    if (!existsSync(file)) return context.skip('npm could not install: there is no registry here.');
    const lock = readFileSync(file, 'utf8');
    const { packages } = JSON.parse(lock) as { packages: Record<string, { hasInstallScript?: boolean }> };
    const names = Object.keys(packages).map((path) => path.replace(/^node_modules\//, ''));
    expect(names.sort()).toEqual(['@holdfast/core', '@holdfast/verifier', '@noble/hashes', 'zod']);
    expect(Object.values(packages).filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
  });

  test.each(['core', 'verifier'])('has nothing in its manifest that publint objects to: %s', async (name) => {
    const pkgDir = join(folder, 'home', 'node_modules', '@holdfast', name);
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('is typed for whoever compiles against it', () => {
    const source = `import { openBundle, type OfflineVerifier } from '@holdfast/verifier';
import { compileRule } from '@holdfast/core/program';
export const open: (text: string) => Promise<OfflineVerifier> = (text) => openBundle(text, { network: 'n' });
export const rule: (source: string) => unknown = (source) => compileRule(source, 'bool');
`;
    writeFileSync(join(folder, 'home', 'typed.ts'), source);
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    const types = ['--lib', 'es2023,dom,dom.iterable', '--types', '', 'typed.ts'];
    const tsc = [join(ROOT, 'tools', 'run.js'), 'tsc', ...flags, ...types];
    const { stdout, status } = spawnSync(process.execPath, tsc, { cwd: join(folder, 'home'), encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  test('stays within the size that its README states', () => {
    const [, compressed = '', whole = ''] = /at most (\d+) KiB\s+compressed \(gzip\), (\d+) KiB/.exec(README) ?? [];
    expect(gzipSync(bundled).length / 1024).toBeLessThan(Number(compressed));
    expect(bundled.length / 1024).toBeLessThan(Number(whole));
    // A budget that is never nearly used is none.
    expect(gzipSync(bundled).length / 1024).toBeGreaterThan(Number(compressed) / 2);
  });
});

describe('the lines of its README', () => {
  const nodes = [['the Node of this repository', process.execPath] as const, ...otherNodes()];

  test.each(nodes)('give the same bytes in %s', (_name, node) => {
    const script = `import { readFileSync } from 'node:fs';
import { run } from './run.js';
console.log(await run(JSON.parse(readFileSync('world.json', 'utf8'))));`;
    const home = join(folder, 'home');
    writeFileSync(join(home, 'node.js'), script);
    // Without our own condition: this is not the repository.
    const env = { PATH: process.env.PATH };
    const { stdout, stderr } = spawnSync(node, ['node.js'], { cwd: home, encoding: 'utf8', env });
    expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual(expected);
  });

  test('give the same bytes in Chromium', async (context) => {
    const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
      .map((name) => `/usr/bin/${name}`)
      .find(existsSync);
    if (executablePath === undefined)
      return context.skip(loud('NO CHROMIUM FOUND: the package was not run in a browser.'));
    const browser = await chromium.launch({ executablePath });
    try {
      const page = await browser.newPage();
      const scripts: Record<string, string> = { '/': '', '/run.js': bundled };
      await page.route('http://localhost/**', (route) => {
        const body = scripts[new URL(route.request().url()).pathname] ?? '';
        return route.fulfill({
          body,
          contentType: route.request().url().endsWith('.js') ? 'text/javascript' : 'text/html',
        });
      });
      await page.goto('http://localhost/');
      // As text, because the test runner would rewrite the import.
      const said = await page.evaluate(`import('/run.js').then(({ run }) => run(${JSON.stringify(world)}))`);
      expect(JSON.parse(String(said))).toEqual(expected);
    } finally {
      await browser.close();
    }
  });

  test('give the same bytes in workerd', (context) => {
    const binary = workerd();
    if (binary === undefined)
      return context.skip(loud('NO WORKERD FOUND: the package was not run in an edge runtime.'));
    const edge = join(folder, 'edge');
    mkdirSync(edge);
    writeFileSync(join(edge, 'run.js'), bundled);
    writeFileSync(join(edge, 'world.json'), JSON.stringify(world));
    writeFileSync(
      join(edge, 'main.js'),
      `import { run } from 'run.js';
import world from 'world.json';
export default { async test() { console.log(await run(world)); } };`,
    );
    // No compatibility flag: nothing of Node is there.
    writeFileSync(
      join(edge, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .main)]);
const main :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "run.js", esModule = embed "run.js"),
    (name = "world.json", json = embed "world.json"),
  ],
  compatibilityDate = "2026-01-01",
);`,
    );
    const { stdout, stderr } = spawnSync(binary, ['test', 'config.capnp'], {
      cwd: edge,
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    const [said] = stdout.split('\n');
    expect(JSON.parse(said || JSON.stringify(stderr))).toEqual(expected);
  });
});

/** Another Node that is installed here, from 20.19 on; the oldest we promise is 20. */
function otherNodes(): (readonly [string, string])[] {
  const candidates = ['/usr/bin/node', '/usr/local/bin/node'].filter(
    (path) => path !== process.execPath && existsSync(path),
  );
  return candidates.flatMap((path) => {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    return major > 20 || (major === 20 && minor >= 19) ? [[`Node ${version}`, path] as const] : [];
  });
}

function workerd(): string | undefined {
  try {
    const from = createRequire(createRequire(import.meta.url).resolve('workerd/package.json'));
    const platform = `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`;
    return from.resolve(`${platform}/bin/workerd`);
  } catch {
    return undefined;
  }
}

function loud(sentence: string): string {
  console.warn(`\n${'!'.repeat(78)}\n${sentence}\n${'!'.repeat(78)}\n`);
  return sentence;
}
