import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { removeEmbeddedPostgres } from '@holdfast/server';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../src/network-client.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** As the launcher does, which costs each command a process more; `launcher.test.ts` goes through it. */
const FLAGS = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'];

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the real command to its end. */
export async function holdfast(...args: readonly string[]): Promise<Ended> {
  return holdfastWith({}, ...args);
}

export async function holdfastWith(
  options: { readonly input?: string | Uint8Array; readonly adminKey?: string },
  ...args: readonly string[]
): Promise<Ended> {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment(), ...(options.adminKey === undefined ? {} : { HOLDFAST_ADMIN_KEY: options.adminKey }) },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The tests' own settings, without what a developer's shell may say of a network of theirs. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_') || name === 'HOLDFAST_DEBUG'),
  );
}

export type RunningNetwork = {
  readonly url: string;
  readonly data: string;
  readonly adminKey: string;
  readonly client: NetworkClient;
  readonly process: ChildProcess;
  /** The last of what it wrote to standard error. */
  readonly complained: () => string;
  /** All that it wrote to standard error, where that was asked for. */
  readonly heard: () => string;
  /** SIGTERM, and how it ended. */
  readonly stop: () => Promise<number | null>;
  /** SIGKILL: nothing is tidied up. */
  readonly kill: () => Promise<void>;
};

/** Starts `up --sample` on a data folder; `more` are further flags. */
export function startNetwork(data: string, port = 0, ...more: readonly string[]): Promise<RunningNetwork> {
  return startUp(data, port, '--sample', ...more);
}

/** Starts `up` with these flags. */
export async function startUp(data: string, port: number, ...more: readonly string[]): Promise<RunningNetwork> {
  // Without the launcher in between, so that a signal reaches the process that is meant.
  const child = spawn(
    process.execPath,
    [...FLAGS, MAIN, 'up', '--json', '--port', String(port), '--data', data, ...more],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(),
    },
  );
  let said = '';
  let heard = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4000);
    if (more.includes('--verbose')) heard += chunk.toString('utf8');
  });
  const ended = once(child, 'exit');
  const ready = new Promise<{ url: string; adminKey?: string }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as {
        ready?: boolean;
        url: string;
        adminKey?: string;
        error?: { message: string };
      };
      if (answer.ready === true) resolve(answer);
      else said += line;
    });
    ended.then(() => reject(new Error(`the network did not start: ${said}`)));
    setTimeout(() => reject(new Error(`the network was not ready in time: ${said}`)), 2 * PATIENCE_MS).unref();
  });
  const { url, adminKey: told } = await ready.catch(async (error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const adminKey = told ?? (await findAdminKey(data)) ?? '';
  return {
    url,
    data,
    adminKey,
    client: createNetworkClient({ url, adminKey }),
    process: child,
    complained: () => said,
    heard: () => heard,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A data folder that is removed with everything that was made for it. */
export async function createDataFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  return {
    path,
    remove: async () => {
      await removeEmbeddedPostgres(path).catch(() => undefined);
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
