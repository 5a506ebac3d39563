import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import { digestOfSources, releaseLock, sweepOthers, takeLock } from './site-cache.ts';
import { type BuiltFile, readSite } from './site-files.ts';

export type BuiltSite =
  | { readonly state: 'building'; readonly since: number; readonly words: string }
  | { readonly state: 'failed'; readonly words: string }
  | {
      readonly state: 'ready';
      readonly index: string;
      readonly checker: string;
      readonly wallet: string;
      readonly clerk: string;
      readonly files: ReadonlyMap<string, BuiltFile>;
    };

export type ConsoleSiteOptions = {
  /** The package of the console: with its sources in a clone, with `dist/site` where it was installed. */
  readonly folder: string;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly report: (words: string) => void;
  /** Nothing is built before this: whoever starts a network waits for the network. */
  readonly begin?: Promise<void>;
};

export type ConsoleSite = AsyncDisposable & {
  /** What there is now; never waits. */
  readonly current: () => BuiltSite;
  /** Settles once there is a console, or it is known that there will be none. */
  readonly settled: Promise<void>;
};

const BUILD_TIMEOUT_MS = 4 * 60_000;
const POLL_MS = 500;
/** Below everything else of this machine: whoever starts a network waits for the network. */
const NICENESS = 15;
const MAX_SAID = 2000;

/**
 * The console, built from its sources in a process of its own when the build for just these sources is not there yet. Two
 * networks that start at once build it once.
 */
export function openConsoleSite(options: ConsoleSiteOptions): ConsoleSite {
  const { folder, clock, report, begin } = options;
  const stop = new AbortController();
  let current: BuiltSite = { state: 'building', since: clock.now(), words: 'Its files are looked for.' };
  const load = async (from: string) => {
    current = { state: 'ready', ...(await readSite(from)) };
  };
  const settled = (async () => {
    if (!existsSync(join(folder, 'src'))) return load(join(folder, 'dist', 'site'));
    const cache = join(folder, '..', '..', 'node_modules', '.cache', 'holdfast-console');
    const digest = await digestOfSources(join(folder, '..'));
    const built = join(cache, digest);
    if (!existsSync(built)) {
      current = { state: 'building', since: clock.now(), words: 'It is built from its sources.' };
      report('the console is built in the background, once all else is ready');
      await begin;
      stop.signal.throwIfAborted();
      await buildOnce({ folder, cache, built, clock, signal: stop.signal });
    }
    await load(built);
    await sweepOthers(cache, digest);
  })().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    current = { state: 'failed', words: `It could not be built: ${why}` };
    if (!stop.signal.aborted) report('the console could not be built; /console/ says why');
  });
  return {
    current: () => current,
    settled,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await settled;
    },
  };
}

type Build = {
  readonly folder: string;
  readonly cache: string;
  readonly built: string;
  readonly clock: ConsoleSiteOptions['clock'];
  readonly signal: AbortSignal;
};

async function buildOnce({ folder, cache, built, clock, signal }: Build): Promise<void> {
  while (!(await takeLock(built, clock.now()))) {
    await clock.sleep(POLL_MS, signal);
    if (existsSync(built)) return;
  }
  const fresh = join(cache, `building-${process.pid}`);
  try {
    // Another may have finished between the look and the lock.
    if (existsSync(built)) return;
    await mkdir(fresh, { recursive: true });
    await runBuild(folder, fresh, signal);
    // Whole or not at all: nobody serves half of one.
    await rename(fresh, built);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await releaseLock(built);
  }
}

/** Throws with the last that the build said when it fails, or takes longer than any. */
async function runBuild(folder: string, into: string, signal: AbortSignal): Promise<void> {
  const script = join(folder, 'build', 'build-site.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, into], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(BUILD_TIMEOUT_MS)]),
    killSignal: 'SIGKILL',
  });
  lower(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MAX_SAID);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(said.trim() || `ended with ${code}`))));
  });
}

function lower({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, NICENESS);
  } catch {
    // It ended already, or this system has no such thing.
  }
}
