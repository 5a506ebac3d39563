import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CodedError } from '@holdfast/core';
import { type Account, chooseAccount } from './account.ts';
import { acquire, type Engine, type Held } from './acquire.ts';
import { type Charge, takeCharge } from './backstop.ts';
import { type Binaries, findNative, prepareBinaries, removeOtherCopies } from './binaries.ts';
import { type Cluster, isUnfinishedCluster, openCluster } from './cluster.ts';
import { openPlace } from './place.ts';
import { identifyProcess, logFile, signalServer, waitForEnd } from './postmaster.ts';
import type { Durability } from './settings.ts';

/** What the start says while it takes its time, and what happens to the server later. */
export type PostgresEvent =
  | { readonly type: 'copying-binaries'; readonly folder: string }
  | { readonly type: 'creating-cluster'; readonly folder: string }
  | { readonly type: 'started' | 'adopted' | 'recovered'; readonly pid: number }
  /** The server is gone without our doing; it is being started again on the same address. */
  | { readonly type: 'lost' }
  /**
   * It could not be started again, or another Holdfast was quicker (`data.in-use`): this process has no database any
   * more and should end.
   */
  | { readonly type: 'gone'; readonly error: unknown };

export type EmbeddedPostgresOptions = {
  /** The data folder of this Holdfast; everything lies in `postgres` there, or that names where. */
  readonly dataDir: string;
  readonly report?: (event: PostgresEvent) => void;
  /** Default `durable`. */
  readonly durability?: Durability;
  /** Where root puts clusters whose data folder the unprivileged account cannot reach. Default `/var/lib/holdfast`. */
  readonly refuge?: string;
  /** The `native` folder of a platform package. Default: the one npm installed. */
  readonly native?: string;
  /** How long recovery after a crash may take before the start gives up on waiting. Default two minutes. */
  readonly startTimeoutMs?: number;
};

const REFUGE = '/var/lib/holdfast';
const START_TIMEOUT_MS = 120_000;
const FAST_TIMEOUT_MS = 30_000;
const IMMEDIATE_TIMEOUT_MS = 10_000;

/** A server that dies more often than this within the window is not helped by another start. */
const MOST_RECOVERIES = 3;
const RECOVERY_WINDOW_MS = 600_000;

/**
 * Starts the PostgreSQL that came with npm on this data folder, or adopts the one that a killed Holdfast left running,
 * and keeps it running until `stop`.
 *
 * One Holdfast has one cluster: a second start while the first lives throws `data.in-use`. Also throws `data.*`
 * (version, owner, lost, damaged, unreachable, not-writable, full) and `engine.*` (no-binary, cannot-run, no-account,
 * create-failed, start-failed, start-timeout), each with a sentence that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const report = options.report ?? (() => undefined);
  const durability = options.durability ?? 'durable';
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  const charge = new ServerCharge();
  const release = takeCharge(charge);
  try {
    const prepared = await prepare(options, durability, report);
    const answerFor = (pid: number | undefined): void => charge.answerFor(prepared.cluster.folder, pid);
    const engine: Engine = { ...prepared, durability, answerFor };
    const held = await acquire(engine, { timeoutMs });
    await sweep(engine, held);
    report({ type: held.adopted ? 'adopted' : 'started', pid: held.pid });
    return new EmbeddedPostgres({ engine, held, report, release, timeoutMs });
  } catch (error) {
    charge.signal();
    release();
    throw error;
  }
}

/** The server of this process, from the moment it is spawned. */
class ServerCharge implements Charge {
  #server: { readonly cluster: string; readonly pid: number } | undefined;

  answerFor(cluster: string, pid: number | undefined): void {
    this.#server = pid === undefined ? undefined : { cluster, pid };
  }

  signal(): void {
    if (this.#server !== undefined) signalServer(this.#server.pid, 'fast');
  }

  async ended(): Promise<void> {
    if (this.#server !== undefined) await waitForEnd(this.#server.pid, this.#server.cluster, FAST_TIMEOUT_MS);
  }
}

type Prepared = { place: string; account: Account | undefined; binaries: Binaries; cluster: Cluster };

async function prepare(
  options: EmbeddedPostgresOptions,
  durability: Durability,
  report: (event: PostgresEvent) => void,
): Promise<Prepared> {
  const native = options.native ?? findNative();
  const dataDir = resolve(options.dataDir);
  const refuge = options.refuge ?? REFUGE;
  const { folder: place, account } = await openPlace({ dataDir, refuge, account: chooseAccount() });
  const onCopy = (): void => report({ type: 'copying-binaries', folder: place });
  const onCreate = (): void => report({ type: 'creating-cluster', folder: place });
  const binaries = await prepareBinaries({ native, place, account, onCopy });
  const cluster = await openCluster({ place, account, binaries, durability, onCreate });
  return { place, account, binaries, cluster };
}

/**
 * What killed starts left half-made. With the lock in hand, whoever is still making something has already lost; what
 * it writes while we remove it stays for the next start to sweep, so this never fails.
 */
async function sweep({ place, binaries }: Engine, held: Held): Promise<void> {
  const unfinished = (await readdir(place)).filter(isUnfinishedCluster);
  for (const name of unfinished) await rm(join(place, name), { recursive: true, force: true }).catch(() => undefined);
  // An adopted server may be running the older copy.
  if (!held.adopted) await removeOtherCopies(place, binaries).catch(() => undefined);
}

type Parts = {
  readonly engine: Engine;
  readonly held: Held;
  readonly report: (event: PostgresEvent) => void;
  readonly release: () => void;
  readonly timeoutMs: number;
};

/** A running server that is ours until `stop`. */
export class EmbeddedPostgres implements AsyncDisposable {
  /** `postgres://…` on loopback, with the password. Stays the same when the server had to be started again. */
  readonly url: string;
  readonly #parts: Parts;
  #held: Held;
  #recovery: Promise<void> | undefined;
  #recoveriesMs: readonly number[] = [];
  #stopped: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#held = parts.held;
    this.url = parts.held.url;
    this.#watch();
  }

  /** The number of the server's process. */
  get pid(): number {
    return this.#held.pid;
  }

  /** Shuts down in order: open transactions are rolled back, everything acknowledged is on disk. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await this.#recovery;
    const { pid, lock } = this.#held;
    const { cluster } = this.#parts.engine;
    if ((await identifyProcess(pid, cluster.folder)) !== 'other') {
      // The lock is held until the server itself cuts it, so that nobody adopts a server that is about to end.
      signalServer(pid, 'fast');
      if (!(await waitForEnd(pid, cluster.folder, FAST_TIMEOUT_MS))) {
        signalServer(pid, 'immediate');
        await waitForEnd(pid, cluster.folder, IMMEDIATE_TIMEOUT_MS);
      }
    }
    await lock.release().catch(() => undefined);
    this.#parts.release();
  }

  #watch(): void {
    void this.#held.lock.lost.then(() => {
      if (this.#stopped === undefined) this.#recovery = this.#recover();
    });
  }

  async #recover(): Promise<void> {
    const { engine, report, timeoutMs } = this.#parts;
    report({ type: 'lost' });
    const nowMs = Date.now();
    this.#recoveriesMs = [...this.#recoveriesMs.filter((atMs) => nowMs - atMs < RECOVERY_WINDOW_MS), nowMs];
    try {
      if (this.#recoveriesMs.length > MOST_RECOVERIES) throw keepsDying(engine);
      this.#held = await acquire(engine, { timeoutMs, port: this.#held.port });
      report({ type: 'recovered', pid: this.#held.pid });
      this.#watch();
    } catch (error) {
      report({ type: 'gone', error });
    }
  }
}

function keepsDying({ place }: Engine): CodedError {
  return new CodedError(
    'engine.keeps-dying',
    `PostgreSQL in ${place} died ${MOST_RECOVERIES + 1} times in ten minutes, so it was not started again. ` +
      `${logFile(place)} says why; what was acknowledged is still there.`,
    { folder: place },
  );
}
