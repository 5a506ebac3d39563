import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import type { Account } from './account.ts';
import { type Binaries, program } from './binaries.ts';
import { diskFull, errnoOf, folderError, syncFolder } from './folder.ts';
import { runProgram } from './program.ts';
import type { Durability } from './settings.ts';
import { saysDiskFull, tellingLine } from './words.ts';

export type Cluster = { readonly folder: string; readonly password: string };

export type ClusterOptions = {
  readonly place: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly durability: Durability;
  readonly onCreate: () => void;
};

/** The database, and the role that owns it: no superuser, but it may make roles and databases. */
export const OWNER = 'holdfast';

const CREATE_TIMEOUT_MS = 180_000;
const PASSWORD_FILE = 'holdfast.password';

/**
 * The cluster in `place`, made first if there is none. Throws `data.version` for another PostgreSQL's data,
 * `data.damaged`, `data.full`, `engine.create-failed`.
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = join(options.place, 'cluster');
  if (!existsSync(folder)) await createCluster(options, folder);
  await assertVersion(folder, options.binaries.major);
  return { folder, password: await readPassword(folder) };
}

/** Unfinished clusters that killed starts left behind. Only the start that holds the lock may call this. */
export function isUnfinishedCluster(name: string): boolean {
  return name.startsWith('new-');
}

/**
 * Made under a name of its own and put in its place by one rename: a start that was killed half-way leaves nothing
 * that looks like a cluster, and of two starts at once one wins and the other uses what the first made.
 */
async function createCluster(options: ClusterOptions, folder: string): Promise<void> {
  options.onCreate();
  const fresh = join(options.place, `new-${randomBytes(6).toString('hex')}`);
  const passwordFile = `${fresh}.password`;
  try {
    await mkdir(fresh, { mode: 0o700 });
    await giveTo(fresh, options.account);
    await writeSecret(passwordFile, randomBytes(32).toString('base64url'), options.account);
    await fillCluster(options, fresh, passwordFile);
    await rename(fresh, folder);
    await syncFolder(options.place);
  } catch (error) {
    if (!existsSync(folder)) throw folderError(options.place, error);
  } finally {
    await rm(passwordFile, { force: true });
    // The start that won may be sweeping here at the same time.
    await rm(fresh, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The superuser gets a password that nobody keeps: whatever needs it is done here, in single-user mode, before the
 * server ever listens. What Holdfast keeps is the password of a role that can create roles and databases.
 */
async function fillCluster(options: ClusterOptions, fresh: string, passwordFile: string): Promise<void> {
  const password = randomBytes(32).toString('base64url');
  const initdb = ['-D', fresh, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  initdb.push('--encoding=UTF8', '--locale-provider=libc', '--no-locale', '--data-checksums', '--no-instructions');
  if (options.durability === 'throwaway') initdb.push('--no-sync', '-c', 'fsync=off', '--wal-segsize=1');
  await run(options, 'initdb', initdb);
  // One statement a line, which is how single-user mode reads them.
  const statements = [
    `CREATE ROLE ${OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '${password}'`,
    `CREATE DATABASE ${OWNER} OWNER ${OWNER}`,
  ];
  await run(options, 'postgres', ['--single', '-D', fresh, '-c', 'log_checkpoints=off', 'postgres'], statements);
  await writeSecret(join(fresh, PASSWORD_FILE), password, options.account);
  await syncFolder(fresh);
}

async function run(
  options: ClusterOptions,
  name: string,
  args: string[],
  input: readonly string[] = [],
): Promise<void> {
  const { account, place, binaries } = options;
  const { code, output } = await runProgram(program(binaries.folder, name), args, {
    account,
    cwd: place,
    input: input.map((line) => `${line}\n`).join(''),
    timeoutMs: CREATE_TIMEOUT_MS,
  });
  // Single-user mode answers a failed statement with a line and goes on.
  if (code === 0 && !/\b(ERROR|FATAL|PANIC):/.test(output)) return;
  if (saysDiskFull(output)) throw diskFull(place);
  throw new CodedError(
    'engine.create-failed',
    `PostgreSQL could not make its database in ${place}; ${name} said: ${tellingLine(withoutStatements(output))}. ` +
      'Start again, or give Holdfast a PostgreSQL of yours with --database URL.',
    { folder: place, program: name, code, said: withoutStatements(output) },
  );
}

/** A failed statement is quoted in the log, and one of ours holds a password. */
function withoutStatements(output: string): string {
  return output.replace(/^.*STATEMENT:.*$/gm, '').trim();
}

async function writeSecret(file: string, text: string, account: Account | undefined): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    if (account !== undefined) await handle.chown(account.uid, account.gid);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function giveTo(folder: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(folder, account.uid, account.gid);
}

async function readPassword(folder: string): Promise<string> {
  try {
    return (await readFile(join(folder, PASSWORD_FILE), 'utf8')).trim();
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? damaged(folder, PASSWORD_FILE) : folderError(folder, error);
  }
}

async function assertVersion(folder: string, major: number): Promise<void> {
  let text: string;
  try {
    text = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? damaged(folder, 'PG_VERSION') : folderError(folder, error);
  }
  if (text === String(major)) return;
  throw new CodedError(
    'data.version',
    `The database in ${folder} was made by PostgreSQL ${text}; this Holdfast brings PostgreSQL ${major}. ` +
      'Start it with the Holdfast that made it, or carry it over with pg_upgrade and give that PostgreSQL with --database URL.',
    { folder, made: text, here: String(major) },
  );
}

function damaged(folder: string, missing: string): CodedError {
  return new CodedError(
    'data.damaged',
    `The database in ${folder} is not whole: ${missing} is missing. Bring the folder back from a backup.`,
    { folder, missing },
  );
}
