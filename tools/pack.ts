import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm run pack FOLDER`: writes the packages that others install. The clone runs from its sources; what is published is
// made here, from `dist` alone, with a manifest that points to nothing else.
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PUBLISHED = ['core', 'verifier'] as const;
const SOURCE_CONDITION = '@holdfast/source';

/** Packs core and verifier into `folder`, and says which file each became. */
export function packInto(folder: string): Readonly<Record<(typeof PUBLISHED)[number], string>> {
  emitDist();
  mkdirSync(folder, { recursive: true });
  const stage = mkdtempSync(join(tmpdir(), 'holdfast-pack-'));
  try {
    const staged = PUBLISHED.map((name) => stagePackage(name, join(stage, name)));
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', resolve(folder), ...staged], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  const named = (name: string) => {
    const { version } = readManifest(name) as { version: string };
    return join(resolve(folder), `holdfast-${name}-${version}.tgz`);
  };
  return { core: named('core'), verifier: named('verifier') };
}

/** A missing file means that somebody removed `dist` and not what the compiler remembers of it. */
function emitDist(): void {
  const compile = (...flags: string[]) =>
    execFileSync(process.execPath, [join(ROOT, 'tools', 'run.js'), 'tsc', '-b', ...flags, 'packages/verifier'], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  compile();
  const missing = PUBLISHED.some((name) =>
    shippedFiles(name).some((file) => !existsSync(join(ROOT, 'packages', name, 'dist', file))),
  );
  if (missing) compile('--force');
}

/** Files of `dist` whose source is there and is neither a test nor a contract, which needs the test runner. */
function shippedFiles(name: string): string[] {
  const sources = readdirSync(join(ROOT, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' });
  return sources
    .filter((file) => /\.ts$/.test(file) && !/\.(test|contract|d)\.ts$/.test(file))
    .flatMap((file) => [file.replace(/\.ts$/, '.js'), file.replace(/\.ts$/, '.d.ts')]);
}

function stagePackage(name: string, target: string): string {
  const source = join(ROOT, 'packages', name);
  for (const file of shippedFiles(name)) {
    const copy = join(target, 'dist', file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(source, 'dist', file), copy);
  }
  const { devDependencies: _, ...manifest } = readManifest(name);
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(withoutSource(manifest), null, 2)}\n`);
  copyFileSync(join(source, 'README.md'), join(target, 'README.md'));
  copyFileSync(join(ROOT, 'LICENSE'), join(target, 'LICENSE'));
  return target;
}

function readManifest(name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')) as Record<string, unknown>;
}

/** Sources are not shipped, so no condition may lead to them. */
function withoutSource(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => typeof item !== 'string' || !item.startsWith('./src/'));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([member]) => member !== SOURCE_CONDITION);
  return Object.fromEntries(kept.map(([member, inner]) => [member, withoutSource(inner)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = packInto(process.argv[2] ?? 'packed');
  for (const file of Object.values(files)) process.stdout.write(`${file}\n`);
}
