import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Packages whose sources end up in the console. */
const BUNDLED = ['console', 'core', 'verifier', 'wallet'];
/** A lock older than this belongs to nobody, whatever it says. */
const STALE_LOCK_MS = 5 * 60_000;

/** What the console would be built from: every source that can end up in it, and the versions of all parts. */
export async function digestOfSources(packages: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of BUNDLED) {
    const folder = join(packages, name);
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = files
      .filter(
        (file) => file.isFile() && !/(^|\/)(node_modules|dist|test)(\/|$)/.test(file.parentPath.slice(folder.length)),
      )
      .filter(({ name: file }) => !/\.(test|contract)\.tsx?$|\.tsbuildinfo$/.test(file))
      .map((file) => join(file.parentPath, file.name).slice(packages.length))
      .sort();
    for (const path of paths) hash.update(`${path}\n`).update(await readFile(join(packages, path)));
  }
  for (const path of [
    'package-lock.json',
    ...['reasons', 'outcomes', 'pages', 'problems'].map((name) => `spec/${name}.json`),
  ]) {
    hash.update(await readFile(join(packages, '..', path)).catch(() => ''));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Takes the right to build into `folder`; false while another process that still runs has it. */
export async function takeLock(folder: string, now: number): Promise<boolean> {
  const lock = `${folder}.lock`;
  await mkdir(join(folder, '..'), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const isTaken = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (isTaken) return true;
    if (!(await isAbandoned(lock, now))) return false;
    await rm(lock, { force: true });
  }
  return false;
}

export async function releaseLock(folder: string): Promise<void> {
  await rm(`${folder}.lock`, { force: true });
}

async function isAbandoned(lock: string, now: number): Promise<boolean> {
  const [text, about] = await Promise.all([readFile(lock, 'utf8'), stat(lock)]).catch(() => [undefined, undefined]);
  // Released in the meantime.
  if (text === undefined || about === undefined) return true;
  if (now - about.mtimeMs > STALE_LOCK_MS) return true;
  const pid = Number(text);
  // Just made, and not written yet.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Removes what earlier sources were built to. One that still serves an old one has it in memory. */
export async function sweepOthers(cache: string, kept: string): Promise<void> {
  const found = await readdir(cache).catch(() => []);
  const others = found.filter((name) => /^[0-9a-f]{32}$/.test(name) && name !== kept);
  await Promise.all(others.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}
