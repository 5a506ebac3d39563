import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@holdfast/core';
import { type Lock, takeLock } from '../adapters/embedded-postgres/lock.ts';

const RETAKE_MS = 1000;

/**
 * One database serves one `up` of all roles at a time, whose ledger and logins are its own; or any number of processes that run
 * roles alone (`shared`), which take turns where one must act. Taken again whenever the connection that holds it breaks; told through `onLost` when another was quicker. A database
 * that cannot be asked is left to whoever opens it next, who says why. Throws `data.in-use`.
 */
export async function claimDatabase(
  url: string,
  onLost: (error: CodedError) => void,
  shared: 'shared' | 'alone' = 'alone',
): Promise<AsyncDisposable> {
  const first = await takeLock(url, shared);
  if (first.state === 'held') throw inUse(first.holder);
  let held: Lock | undefined = first.state === 'locked' ? first.lock : undefined;
  const stop = new AbortController();
  const keep = async () => {
    while (held !== undefined) {
      await held.lost;
      held = undefined;
      while (!stop.signal.aborted && held === undefined) {
        await delay(RETAKE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
        const again = stop.signal.aborted ? undefined : await takeLock(url, shared);
        if (again?.state === 'held') return onLost(inUse(again.holder));
        if (again?.state === 'locked') held = again.lock;
      }
    }
  };
  const keeping = keep();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await held?.release().catch(() => undefined);
      await keeping;
    },
  };
}

function inUse(holder: string | undefined): CodedError {
  const who = holder === undefined ? '' : ` (process ${holder})`;
  return new CodedError(
    'data.in-use',
    `Another Holdfast${who} is running on this database. Stop it first, or give this one another with --database.`,
    holder === undefined ? {} : { process: Number(holder) },
  );
}
