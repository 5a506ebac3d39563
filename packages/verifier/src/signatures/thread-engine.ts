/// <reference types="node" />
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CodedError, type SignatureCheck } from '@holdfast/core';
import type { SignatureEngine } from './engine.ts';
import { isStrictCheck } from './strict-check.ts';
import { encodeThreadMessage, type ThreadAnswer } from './thread-message.ts';

/** One call to `verify`, waiting or under way. */
type Job = {
  readonly checks: readonly SignatureCheck[];
  readonly resolve: (results: readonly boolean[]) => void;
  readonly reject: (error: CodedError) => void;
};

type Thread = { readonly worker: Worker; readonly underWay: Map<number, readonly Job[]>; answers: number };

export type ThreadEngineOptions = {
  /** Default: one for each core. */
  readonly threads?: number;
  /** Most checks that may wait; at about 90 us each on each core the default is some 200 ms of work on two cores. */
  readonly maxQueuedChecks?: number;
};

/** A message carries up to this many checks: enough to pay for the hop, few enough to spread over the threads. */
const CHECKS_PER_MESSAGE = 32;
/** Two messages under way, so that a thread finds its next work without waiting for us. */
const MESSAGES_PER_THREAD = 2;
/** Threads that die one after another without ever answering: starting more would go on for ever. */
const MAX_STILLBORN_THREADS = 3;

export interface ThreadSignatureEngine extends SignatureEngine, AsyncDisposable {}

/**
 * The engine for servers: `node:crypto` in worker threads. At the bound of its queue a call throws
 * `signature.overloaded` at once instead of waiting; a thread that dies fails the calls it held with
 * `signature.interrupted` and is replaced.
 */
export function createThreadEngine(options: ThreadEngineOptions = {}): ThreadSignatureEngine {
  const maxQueuedChecks = options.maxQueuedChecks ?? 4096;
  const queue: Job[] = [];
  let queuedChecks = 0;
  let nextId = 0;
  let stillborn = 0;
  let stopped: CodedError | undefined;
  /** At most as many as were asked for. */
  const threads: Thread[] = [];

  function start(): void {
    const thread: Thread = { worker: startWorker(), underWay: new Map(), answers: 0 };
    thread.worker.unref();
    thread.worker.on('message', (answer: ThreadAnswer) => {
      thread.answers += 1;
      stillborn = 0;
      deliver(thread.underWay.get(answer.id) ?? [], answer.results);
      thread.underWay.delete(answer.id);
      // An idle engine does not keep the process alive.
      if (thread.underWay.size === 0) thread.worker.unref();
      dispatch();
    });
    thread.worker.on('error', (cause) => lose(thread, cause));
    thread.worker.on('exit', () => lose(thread));
    threads.push(thread);
  }

  function lose(thread: Thread, cause?: unknown): void {
    const at = threads.indexOf(thread);
    if (at === -1) return;
    threads.splice(at, 1);
    fail([...thread.underWay.values()].flat(), interrupted(cause));
    if (stopped !== undefined) return;
    if (thread.answers === 0) stillborn += 1;
    if (stillborn >= MAX_STILLBORN_THREADS) {
      stop(new CodedError('signature.unavailable', 'The threads that verify signatures do not start.', {}, cause));
      return;
    }
    start();
    dispatch();
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const free = threads.filter((thread) => thread.underWay.size < MESSAGES_PER_THREAD);
      const [thread] = free.sort((a, b) => a.underWay.size - b.underWay.size);
      if (thread === undefined) return;
      const jobs = takeJobs();
      nextId += 1;
      thread.underWay.set(nextId, jobs);
      thread.worker.ref();
      const message = encodeThreadMessage(
        nextId,
        jobs.flatMap((job) => job.checks),
      );
      thread.worker.postMessage(message, [message.bytes.buffer]);
    }
  }

  function takeJobs(): readonly Job[] {
    let checks = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || checks + (queue[count]?.checks.length ?? 0) <= CHECKS_PER_MESSAGE)) {
      checks += queue[count]?.checks.length ?? 0;
      count += 1;
    }
    queuedChecks -= checks;
    return queue.splice(0, count);
  }

  function stop(why: CodedError): void {
    stopped = why;
    fail(queue.splice(0), why);
    queuedChecks = 0;
  }

  for (let i = 0; i < (options.threads ?? availableParallelism()); i += 1) start();

  return {
    async verify(all) {
      if (stopped !== undefined) throw stopped;
      // What is refused without arithmetic never costs a place in the queue.
      const checks = all.filter(isStrictCheck);
      if (checks.length === 0) return all.map(() => false);
      if (queuedChecks + checks.length > maxQueuedChecks) {
        throw new CodedError('signature.overloaded', 'Too many signatures wait to be verified.', { maxQueuedChecks });
      }
      const results = await new Promise<readonly boolean[]>((resolve, reject) => {
        queue.push({ checks, resolve, reject });
        queuedChecks += checks.length;
        dispatch();
      });
      const verified = new Map(checks.map((check, i) => [check, results[i] === true]));
      return all.map((check) => verified.get(check) === true);
    },
    async [Symbol.asyncDispose]() {
      stop(new CodedError('signature.closed', 'This signature engine has been closed.'));
      await Promise.all(threads.map((thread) => thread.worker.terminate()));
    },
  };
}

function startWorker(): Worker {
  // From source the thread needs the same export condition as the process; from dist it inherits what is right.
  const fromSource = import.meta.url.endsWith('.ts');
  const file = new URL(fromSource ? './verify-thread.ts' : './verify-thread.js', import.meta.url);
  return new Worker(file, fromSource ? { execArgv: ['--conditions=@holdfast/source'] } : {});
}

function deliver(jobs: readonly Job[], results: Uint8Array): void {
  let at = 0;
  for (const job of jobs) {
    job.resolve(Array.from(results.subarray(at, at + job.checks.length), (result) => result === 1));
    at += job.checks.length;
  }
}

function fail(jobs: readonly Job[], error: CodedError): void {
  for (const job of jobs) job.reject(error);
}

function interrupted(cause: unknown): CodedError {
  return new CodedError('signature.interrupted', 'A thread ended while it verified signatures.', {}, cause);
}
