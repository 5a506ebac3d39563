import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CodedError } from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';

const READY_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const STOP_TIMEOUT_MS = 8000;

export type SecondProcessOptions = {
  readonly name: string;
  /** Program and arguments; it prints one JSON line `{"ready":true,"url":...}` when it listens. */
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly report: (event: {
    readonly type: 'ready' | 'ended';
    readonly name: string;
    readonly detail: string;
  }) => void;
};

/**
 * A role in an operating-system process of its own. Started again when it ends, with growing pauses; ended with us: its
 * standard input closes when this process dies, however it dies, and that is its sign to stop.
 */
export class SecondProcess implements AsyncDisposable {
  readonly #options: SecondProcessOptions;
  readonly #stop = new AbortController();
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SecondProcessOptions) {
    this.#options = options;
  }

  /** Where it listens now; undefined while it is down. */
  get url(): string | undefined {
    return this.#url;
  }

  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it is ready for the first time. Throws `process.not-ready` with the last thing it said. */
  async start(): Promise<void> {
    const first = this.#launch();
    this.#running = this.#supervise(first);
    await first.ready;
  }

  async #supervise(first: Launched): Promise<void> {
    let launched = first;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      const wasReady = await launched.ready.then(
        () => true,
        () => false,
      );
      await launched.ended;
      this.#url = undefined;
      if (this.#stop.signal.aborted) return;
      if (wasReady) pauseMs = FIRST_PAUSE_MS;
      await this.#options.clock.sleep(pauseMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      launched = this.#launch();
    }
  }

  #launch(): Launched {
    const { name, command, environment, report, clock } = this.#options;
    const [program, ...args] = command;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2000);
    });
    // A child that ends first breaks the pipe; that it ended is told by its exit.
    child.stdin.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        report({ type: 'ended', name, detail: `${signal ?? code}` });
        resolve();
      });
    });
    const ready = new Promise<void>((resolve, reject) => {
      const fail = () =>
        reject(new CodedError('process.not-ready', `The process of ${name} did not start: ${said.trim()}`));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const url = parseReady(line);
        if (url === undefined) return;
        this.#url = url;
        report({ type: 'ready', name, detail: url });
        resolve();
      });
      void ended.then(fail);
      void clock.sleep(READY_TIMEOUT_MS, this.#stop.signal).then(fail, () => undefined);
    });
    ready.catch(() => undefined);
    return { ready, ended };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.stdin?.end();
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await this.#running;
      clearTimeout(force);
    }
    await this.#running;
  }
}

type Launched = { readonly ready: Promise<void>; readonly ended: Promise<void> };

function parseReady(line: string): string | undefined {
  try {
    const { ready, url } = JSON.parse(line) as { ready?: unknown; url?: unknown };
    return ready === true && typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
