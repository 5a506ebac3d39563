import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { type Binaries, program } from './binaries.ts';
import { errnoOf, folderError } from './folder.ts';
import { identity, isForbiddenIdentity, noAccount, programEnvironment } from './program.ts';
import { type Durability, serverArguments } from './settings.ts';

/** What postmaster.pid says. PostgreSQL writes it line by line while it starts, so any of it may be missing. */
export type Postmaster = {
  /** 0 while there is no number in it. */
  readonly pid: number;
  readonly port: number | undefined;
  readonly state: 'starting' | 'ready' | 'stopping';
};

const PID_FILE = 'postmaster.pid';
const POLL_MS = 15;
const REAPING_MS = 300;

/** A starting server writes its number at once; a lock file that stays empty longer has no server. */
const EMPTY_LOCK_MS = 3_000;
const LOG_BYTES = 1_048_576;
const TAIL_BYTES = 8_192;

export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  let lines: readonly string[];
  try {
    lines = (await readFile(join(cluster, PID_FILE), 'utf8')).split('\n');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw folderError(cluster, error);
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  const state = lines[7]?.trim();
  return {
    pid: Number.isInteger(pid) && pid > 1 ? pid : 0,
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    state: state === 'ready' || state === 'stopping' ? state : 'starting',
  };
}

/**
 * Whose process this is: the server of this cluster, another program that got the number after the server died, or
 * none. `unknown` where the platform does not say; then PostgreSQL's own check of its lock file decides.
 */
export async function identifyProcess(pid: number, cluster: string): Promise<'server' | 'other' | 'none' | 'unknown'> {
  if (pid === 0) return 'other';
  if (!isAlive(pid)) return 'none';
  if (existsSync('/proc/self/cmdline')) return (await isServerByProc(pid, cluster)) ? 'server' : 'other';
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return stdout.includes(`-D ${cluster} `) ? 'server' : 'other';
  } catch {
    return 'unknown';
  }
}

/**
 * By its arguments and its owner, which are open to everyone; the folder it stands in is not, even to root in a
 * container without CAP_SYS_PTRACE. A process that ended and was not waited for has no arguments left.
 */
async function isServerByProc(pid: number, cluster: string): Promise<boolean> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    const [process, owner] = await Promise.all([stat(`/proc/${pid}`), stat(cluster)]);
    return text.includes(`\0-D\0${cluster}\0`) && process.uid === owner.uid;
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/**
 * Takes away the lock file of a dead server whose number another program has now, or from which a power cut took the
 * number; PostgreSQL would believe that the server is alive. If a new server wrote the file in the meantime, it gets
 * it back.
 */
export async function removeStaleLock(cluster: string, stale: Postmaster): Promise<void> {
  if (stale.pid === 0 && (await ageOfLockMs(cluster)) < EMPTY_LOCK_MS) return;
  const aside = join(cluster, `${PID_FILE}.${randomBytes(6).toString('hex')}`);
  try {
    await rename(join(cluster, PID_FILE), aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw folderError(cluster, error);
  }
  const pid = Number((await readFile(aside, 'utf8')).split('\n')[0]);
  if (pid === stale.pid) await rm(aside, { force: true });
  else await rename(aside, join(cluster, PID_FILE));
}

async function ageOfLockMs(cluster: string): Promise<number> {
  const found = await stat(join(cluster, PID_FILE)).catch(() => undefined);
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}

export type LaunchOptions = {
  readonly place: string;
  readonly cluster: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly durability: Durability;
  readonly port: number;
  readonly deadlineMs: number;
  /** Told as soon as there is a process to shut down. */
  readonly onSpawn: (pid: number) => void;
};

export type Launched =
  | { readonly ready: true; readonly pid: number }
  | { readonly ready: false; readonly said: string };

/**
 * Starts the server and waits until it accepts connections (recovery after a crash included), ends, or the deadline
 * (unix ms) passes: then it is left to finish, and the next start adopts it.
 *
 * It runs in a session of its own with its output in a file, so that neither Ctrl-C in a terminal nor the death of
 * this process reaches it before we have shut it down in order, or the next start has adopted it.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { place, cluster, account, binaries, durability, port } = options;
  const file = program(binaries.folder, 'postgres');
  const log = await openLog(place, account);
  try {
    const before = (await log.stat()).size;
    const child = spawn(file, serverArguments(cluster, port, durability), {
      cwd: place,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: programEnvironment(file),
      ...identity(account),
    });
    child.unref();
    if (child.pid !== undefined) options.onSpawn(child.pid);
    let failure: NodeJS.ErrnoException | undefined;
    child.on('error', (error) => {
      failure = error;
    });
    while (child.exitCode === null && child.signalCode === null && failure === undefined) {
      const found = await readPostmaster(cluster);
      if (child.pid !== undefined && found?.pid === child.pid && found.state === 'ready') {
        return { ready: true, pid: child.pid };
      }
      if (Date.now() > options.deadlineMs) return { ready: false, said: 'it is still starting' };
      await delay(POLL_MS);
    }
    if (failure !== undefined && isForbiddenIdentity(failure, account)) throw noAccount(account, failure);
    return { ready: false, said: failure?.message ?? (await readTail(place, before)) };
  } finally {
    await log.close();
  }
}

/** The server's own words since `from` bytes of its log. */
async function readTail(place: string, from: number): Promise<string> {
  const text = (await readFile(logFile(place))).subarray(from);
  return text.subarray(-TAIL_BYTES).toString('utf8').trim();
}

export function logFile(place: string): string {
  return join(place, 'postgres.log');
}

/** Two files of about a megabyte at most: the server only writes starts, stops and failures. */
async function openLog(place: string, account: Account | undefined): Promise<Awaited<ReturnType<typeof open>>> {
  const file = logFile(place);
  try {
    if (existsSync(file) && (await stat(file)).size > LOG_BYTES) await rename(file, `${file}.1`);
    const handle = await open(file, 'a', 0o600);
    if (account !== undefined) await handle.chown(account.uid, account.gid);
    return handle;
  } catch (error) {
    throw folderError(place, error);
  }
}

/** A loopback port that was free a moment ago; whoever starts on it must be ready to find it taken. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null) resolve(address.port);
      });
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** fast: open transactions are rolled back, everything is written. immediate: as if the power failed. */
export type Shutdown = 'fast' | 'immediate';

const SIGNAL: Readonly<Record<Shutdown, NodeJS.Signals>> = { fast: 'SIGINT', immediate: 'SIGQUIT' };

export function signalServer(pid: number, shutdown: Shutdown): void {
  try {
    process.kill(pid, SIGNAL[shutdown]);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** Whether the server of this cluster was gone before the time passed. */
export async function waitForEnd(pid: number, cluster: string, timeoutMs: number): Promise<boolean> {
  const deadlineMs = Date.now() + timeoutMs;
  while (Date.now() < deadlineMs) {
    const whose = await identifyProcess(pid, cluster);
    if (whose === 'none') return true;
    if (whose === 'other') return waitForReaping(pid);
    await delay(POLL_MS);
  }
  return false;
}

/** Ended, but its number is still taken until its parent, perhaps we ourselves, has asked how it ended. */
async function waitForReaping(pid: number): Promise<true> {
  for (let waitedMs = 0; waitedMs < REAPING_MS && isAlive(pid); waitedMs += POLL_MS) await delay(POLL_MS);
  return true;
}
