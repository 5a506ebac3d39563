import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, link, lstat, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '@holdfast/core';
import { type Account, accountOf } from './account.ts';
import { errnoOf, folderError, makeFolder, syncFolder } from './folder.ts';
import { noAccount, runProgram } from './program.ts';

export type PlaceOptions = {
  readonly dataDir: string;
  /** Where clusters lie whose data folder the account cannot reach. */
  readonly refuge: string;
  readonly account: Account | undefined;
};

const LOCATION = 'location';
const PROBE_TIMEOUT_MS = 20_000;

export type Place = {
  readonly folder: string;
  /** Who owns the cluster and runs PostgreSQL; undefined for ourselves. */
  readonly account: Account | undefined;
};

/**
 * The folder in which the cluster, a copy of the binaries and the server's log lie: `postgres` in the data folder,
 * or, where root's data folder is closed to the account, a folder of its own under `refuge`, which the file
 * `postgres/location` in the data folder names. Throws `data.lost`, `data.owner`, `data.unreachable`,
 * `data.not-writable`, `data.full`.
 */
export async function openPlace({ dataDir, refuge, account }: PlaceOptions): Promise<Place> {
  const inside = join(dataDir, 'postgres');
  await makeFolder(inside);
  const named = await readLocation(inside);
  const folder = named ?? (await realpath(inside));
  const owner = await ownerOf(join(folder, 'cluster'));
  if (account === undefined) {
    assertMine(folder, owner);
    return { folder, account };
  }
  if (named !== undefined || (await isReachable(folder, owner ?? account)))
    return { folder, account: owner ?? account };
  if (owner !== undefined) throw unreachable(inside, owner);
  return { folder: await takeRefuge(inside, refuge, account), account };
}

/** Where the database of a data folder lies, or undefined when it has none. `inside` is its folder `postgres`. */
export async function findPlace(inside: string): Promise<string | undefined> {
  if (!existsSync(inside)) return undefined;
  const named = await readFile(join(inside, LOCATION), 'utf8').catch(() => undefined);
  const folder = named?.trim() ?? inside;
  return existsSync(folder) ? realpath(folder) : undefined;
}

async function ownerOf(cluster: string): Promise<Account | undefined> {
  if (!existsSync(cluster)) return undefined;
  const { uid, gid } = await stat(cluster);
  return accountOf(uid, gid);
}

function assertMine(folder: string, owner: Account | undefined): void {
  if (owner === undefined || process.geteuid === undefined || owner.uid === process.geteuid()) return;
  throw new CodedError(
    'data.owner',
    `The database in ${folder} belongs to another user of this machine (${owner.name}). ` +
      'Start Holdfast as that user or as root, or choose another folder with --data DIR.',
    { folder, owner: owner.name },
  );
}

async function readLocation(inside: string): Promise<string | undefined> {
  let folder: string;
  try {
    folder = (await readFile(join(inside, LOCATION), 'utf8')).trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw folderError(inside, error);
  }
  if (existsSync(folder)) return folder;
  // Starting over would issue from the same keys under an empty log: a fork that followers must take for fraud.
  throw new CodedError(
    'data.lost',
    `The database of this data folder should lie in ${folder}, and nothing is there. Bring it back from a backup, ` +
      'or start with a new, empty data folder.',
    { folder, namedBy: join(inside, LOCATION) },
  );
}

/** Asked of the account itself, by a folder of its own made there: mode bits alone miss ACLs and network mounts. */
async function isReachable(inside: string, account: Account): Promise<boolean> {
  const trial = join(inside, `reach-${randomBytes(6).toString('hex')}`);
  try {
    // Our own folder, so its mode is ours to set: under umask 077 the account could not pass through it.
    await chmod(inside, 0o755);
    await mkdir(trial, { mode: 0o700 });
    await chown(trial, account.uid, account.gid);
    const script = 'test -w "$1" && test -x "$1"';
    const options = { account, cwd: '/', timeoutMs: PROBE_TIMEOUT_MS };
    return (await runProgram('/bin/sh', ['-c', script, 'sh', trial], options)).code === 0;
  } catch (error) {
    if (errnoOf(error) === 'EPERM' || errnoOf(error) === 'EINVAL') return false;
    throw folderError(inside, error);
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

function unreachable(inside: string, account: Account): CodedError {
  return new CodedError(
    'data.unreachable',
    `The database in ${inside} runs under the account ${account.name}, which may not enter a folder above it. ` +
      'Let it pass (chmod o+x on the folders above), or move the data folder to where it can.',
    { folder: inside, account: account.name },
  );
}

/** The name is new each time: a data folder that was deleted and made again must not meet its old database. */
async function takeRefuge(inside: string, refuge: string, account: Account): Promise<string> {
  try {
    await openRefuge(refuge);
    const hash = createHash('sha256')
      .update(await realpath(inside))
      .update(randomBytes(16));
    const folder = join(await realpath(refuge), hash.digest('hex').slice(0, 16));
    await mkdir(folder);
    const taken = (await isReachable(folder, account)) ? await nameLocation(inside, folder) : undefined;
    if (taken !== folder) await rm(folder, { recursive: true, force: true });
    // The refuge is open to all, so it is the account that we cannot become or give anything to.
    if (taken === undefined) throw noAccount(account);
    return taken;
  } catch (error) {
    throw folderError(refuge, error);
  }
}

/** Written whole or not at all, and by the first of two starts only; the second takes the first one's place. */
async function nameLocation(inside: string, folder: string): Promise<string | undefined> {
  const draft = join(inside, `location-${randomBytes(6).toString('hex')}`);
  await writeFile(join(folder, 'data-folder'), `${inside}\n`, { flush: true });
  await writeFile(draft, `${folder}\n`, { flush: true });
  try {
    await syncFolder(dirname(folder));
    await link(draft, join(inside, LOCATION));
    await syncFolder(inside);
    return folder;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return readLocation(inside);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whoever can write to the refuge can swap the programs in it; only root may. */
async function openRefuge(refuge: string): Promise<void> {
  const made = await mkdir(refuge, { recursive: true });
  if (made !== undefined) await chmod(refuge, 0o755);
  const found = await lstat(refuge);
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return;
  throw new CodedError(
    'data.not-writable',
    `${refuge} is not a folder that only root can write to, so Holdfast does not put a database there. ` +
      'Remove it, or give Holdfast a PostgreSQL of yours with --database URL.',
    { folder: refuge },
  );
}
