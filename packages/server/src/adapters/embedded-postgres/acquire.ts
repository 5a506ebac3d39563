import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@holdfast/core';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { type Cluster, OWNER } from './cluster.ts';
import { diskFull, errnoOf } from './folder.ts';
import { type Lock, type LockAttempt, takeLock } from './lock.ts';
import {
  findFreePort,
  identifyProcess,
  launch,
  logFile,
  type Postmaster,
  readPostmaster,
  removeStaleLock,
} from './postmaster.ts';
import type { Durability } from './settings.ts';
import { saysDiskFull, tellingLine } from './words.ts';

export type Engine = {
  readonly place: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly cluster: Cluster;
  readonly durability: Durability;
  /** Kept up to date: the server that this process has to end, if there is one. */
  readonly answerFor: (pid: number | undefined) => void;
};

/** A server that accepts connections, and our lock on it. */
export type Held = {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly lock: Lock;
  /** Whether it was running before we came. */
  readonly adopted: boolean;
};

export type AcquireOptions = {
  /** The one port that will do, because others already know it. */
  readonly port?: number;
  readonly timeoutMs: number;
};

const POLL_MS = 25;

/** A killed predecessor's lock is gone when the server has noticed; a living one's is not. */
const HELD_GRACE_MS = 1_000;

/** Each is a port that somebody took between our finding it free and the server binding it. */
const MOST_PORTS = 5;

/**
 * Finds the running server of this cluster or starts one, and takes the lock on it. Every turn looks at the world
 * anew, so it does not matter who else starts, stops or dies meanwhile; only the lock says whose the cluster is.
 * Throws `data.in-use`, `data.full`, `engine.start-failed`, `engine.start-timeout`, `engine.no-account`.
 */
export async function acquire(engine: Engine, options: AcquireOptions): Promise<Held> {
  const deadlineMs = Date.now() + options.timeoutMs;
  let launchedPid: number | undefined;
  let heldSinceMs: number | undefined;
  let portsTried = 0;
  let last = 'nothing yet';
  while (Date.now() < deadlineMs) {
    const found = await findServer(engine.cluster.folder);
    const attempt = found?.state === 'ready' && found.port !== undefined ? await lockAt(engine, found.port) : undefined;
    if (found?.port !== undefined && attempt?.state === 'locked') {
      return held(engine, found.pid, found.port, attempt.lock, found.pid !== launchedPid);
    }
    if (attempt?.state === 'held' || isFull(attempt)) {
      heldSinceMs ??= Date.now();
      if (Date.now() - heldSinceMs > HELD_GRACE_MS) throw inUse(engine, attempt);
    }
    if (attempt?.state === 'refused') last = refusal(engine, attempt.error);
    if (found === undefined || (attempt?.state === 'refused' && found.unknown)) {
      const port = options.port ?? (await findFreePort());
      const launched = await launch({ ...engine, ...launchOptions(engine, port, deadlineMs) });
      if (launched.ready) launchedPid = launched.pid;
      else last = await afterFailure(engine, launched.said, options.port === undefined && ++portsTried < MOST_PORTS);
    }
    await delay(POLL_MS);
  }
  throw timedOut(engine, last);
}

function launchOptions(engine: Engine, port: number, deadlineMs: number) {
  return { cluster: engine.cluster.folder, port, deadlineMs, onSpawn: engine.answerFor };
}

function held(engine: Engine, pid: number, port: number, lock: Lock, adopted: boolean): Held {
  engine.answerFor(pid);
  return { pid, port, url: urlOf(engine, port), lock, adopted };
}

async function findServer(cluster: string): Promise<(Postmaster & { unknown: boolean }) | undefined> {
  const found = await readPostmaster(cluster);
  if (found === undefined) return undefined;
  const process = await identifyProcess(found.pid, cluster);
  if (process === 'other') await removeStaleLock(cluster, found);
  // PostgreSQL itself cleans up after a server whose number nobody has.
  return process === 'other' || process === 'none' ? undefined : { ...found, unknown: process === 'unknown' };
}

function lockAt(engine: Engine, port: number): Promise<LockAttempt> {
  return takeLock(urlOf(engine, port));
}

/** No TLS: it is loopback, and the environment (`PGSSLMODE`) must not ask for it. */
function urlOf({ cluster }: Engine, port: number): string {
  return `postgres://${OWNER}:${cluster.password}@127.0.0.1:${port}/${OWNER}?sslmode=disable`;
}

/** All connections taken: somebody is using this server very much. */
function isFull(attempt: LockAttempt | undefined): boolean {
  return attempt?.state === 'refused' && errnoOf(attempt.error) === '53300';
}

/** What a ready server said to our knock. Throws when waiting would not change it. */
function refusal(engine: Engine, error: Error): string {
  const code = errnoOf(error) ?? '';
  if (code.startsWith('28')) {
    throw startFailed(engine, `the running server does not take the password kept in the folder (${error.message})`);
  }
  return error.message;
}

/** Whether another turn can help. Throws when it cannot. */
async function afterFailure(engine: Engine, said: string, anotherPort: boolean): Promise<string> {
  // Whoever has the cluster now answers for it; what we spawned is gone.
  engine.answerFor(undefined);
  const taken = /Address already in use|could not bind|could not create any TCP/.test(said);
  const another = /lock file ".*" (already exists|is empty)|pre-existing shared memory block|still starting/.test(said);
  if (saysDiskFull(said)) throw diskFull(engine.place);
  if (another || (taken && anotherPort)) return said;
  throw startFailed(engine, said);
}

function startFailed({ place }: Engine, said: string): CodedError {
  return new CodedError(
    'engine.start-failed',
    `PostgreSQL in ${place} did not start: ${tellingLine(said)}. The whole of it is in ` +
      `${logFile(place)}; a PostgreSQL of yours works too, with --database URL.`,
    { folder: place, said },
  );
}

function timedOut({ place, answerFor }: Engine, last: string): CodedError {
  answerFor(undefined);
  return new CodedError(
    'engine.start-timeout',
    `PostgreSQL in ${place} is still not ready. It may be recovering a large log: it goes on by itself, ` +
      'so start Holdfast again in a minute.',
    { folder: place, last },
  );
}

function inUse({ place, answerFor }: Engine, attempt: LockAttempt | undefined): CodedError {
  answerFor(undefined);
  const holder = attempt?.state === 'held' ? attempt.holder : undefined;
  return new CodedError(
    'data.in-use',
    `Another Holdfast${holder === undefined ? '' : ` (process ${holder})`} is running on this data folder. ` +
      'Stop it first, or start this one with another folder (--data DIR) and port.',
    { folder: place, ...(holder === undefined ? {} : { process: Number(holder) }) },
  );
}
