import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, link, mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { findNative } from '../src/adapters/embedded-postgres/binaries.ts';
import { isAlive } from '../src/adapters/embedded-postgres/postmaster.ts';
import type { ParentLine, ParentOptions } from './postgres-parent.ts';

/** Some promises are about root, who hands PostgreSQL to another account; others only hold without root. */
export const isRoot = process.geteuid?.() === 0;
export const NOBODY_UID = 65_534;

const undo: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

/** A temporary folder that every account may pass through (mode 755), removed after the test file. */
export async function createFolder(mode = 0o755): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `holdfast-test-${process.pid}-`)));
  await chmod(folder, mode);
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** PostgreSQL's binaries as npm lays them down when it runs no install scripts: without the links between libraries. */
export async function copyNative(): Promise<string> {
  const [from, to] = [findNative(), join(await createFolder(), 'native')];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const [path, copy] = [join(entry.parentPath, entry.name), join(to, relative(from, entry.parentPath), entry.name)];
    if (entry.isDirectory()) await mkdir(copy, { recursive: true });
    else if (entry.isFile()) await mkdir(dirname(copy), { recursive: true }).then(() => linkOrCopy(path, copy));
  }
  return to;
}

/** A second name for the same bytes where the file system can; the tests never write to them. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

export async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

export type Parent = {
  readonly process: ChildProcess;
  readonly lines: readonly ParentLine[];
  /** The line that ended the wait. */
  readonly outcome: ParentLine;
  say(word: 'stop' | 'exit'): void;
  kill(signal: NodeJS.Signals): Promise<void>;
};

/** Starts PostgreSQL in another process (`postgres-parent.ts`) and waits until it is ready, refused, or at `until`. */
export async function startParent(options: ParentOptions, until?: ParentLine['type']): Promise<Parent> {
  const script = fileURLToPath(new URL('./postgres-parent.ts', import.meta.url));
  const flags = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.push(async () => child.stdin.end());
  const lines: ParentLine[] = [];
  const outcome = await new Promise<Parent['outcome']>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as ParentLine;
      lines.push(line);
      if (['ready', 'refused', until].includes(line.type)) resolve(line);
    });
    child.on('exit', (code) => reject(new Error(`the parent ended (${code}) before PostgreSQL was ready`)));
  });
  return {
    process: child,
    lines,
    outcome,
    say: (word) => void child.stdin.write(`${word}\n`),
    async kill(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** The outcome when it has to be `ready`. */
export function assertReady({ outcome }: Parent): { url: string; pid: number } {
  if (outcome.type === 'ready') return outcome;
  throw new Error(outcome.type === 'refused' ? outcome.message : outcome.type);
}

export async function waitUntil(isTrue: () => Promise<boolean> | boolean, timeoutMs = PATIENCE_MS): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error('what this test waits for did not happen');
    await delay(20);
  }
}

/** Gone, or ended and waiting for an init process that never asks, as in some containers. */
export async function isGone(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return true;
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === '';
}
