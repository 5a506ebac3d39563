import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** When, in monotonic milliseconds of this machine, each one in the process saw an index or an event. */
type Sighting = { readonly index: number; readonly times: readonly number[] };

/** See `feed-process`. */
export type FeedWork = 'follow' | 'poll' | 'listen';

export type FeedProcess = Disposable & {
  /** Resolves once all of them have seen it. Throws when the process ends before. */
  readonly seen: (index: number) => Promise<readonly number[]>;
};

const MAX_MS = 180_000;

/** Starts `feed-process`, and waits until everyone in it is there. */
export async function startFeedProcess(
  what: FeedWork,
  ...parameters: readonly (string | number)[]
): Promise<FeedProcess> {
  const file = import.meta.url.endsWith('.ts') ? './feed-process.ts' : './feed-process.js';
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [what, ...parameters.map(String)]);
  const sightings = new Map<number, readonly number[]>();
  const waiting = new Map<number, (times: readonly number[]) => void>();
  child.on('message', (message: Sighting | { readonly ready: true }) => {
    if ('ready' in message) return;
    sightings.set(message.index, message.times);
    waiting.get(message.index)?.(message.times);
  });
  const ended = Promise.race([endOf(child), tooLate()]);
  ended.catch(() => undefined);
  await Promise.race([ended, readyOf(child)]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    seen: (index) => {
      const times = sightings.get(index);
      if (times !== undefined) return Promise.resolve(times);
      return Promise.race([ended, new Promise<readonly number[]>((resolve) => waiting.set(index, resolve))]);
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** On a machine that is too busy thousands of followers never all keep up, and nothing would be measured but that. */
function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    const late = () => reject(new Error(`not measured within ${MAX_MS / 1000} s: this machine is too busy`));
    setTimeout(late, MAX_MS).unref();
  });
}

function readyOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message: object) => {
      if ('ready' in message) resolve();
    });
  });
}

function endOf(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the measured process ended with ${code}`)));
  });
}
