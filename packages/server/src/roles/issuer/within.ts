import { CodedError } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';

/** Does work that is given up after a time, or when `outer` aborts. Throws `issuer.list-not-followed`. */
export async function within(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = new AbortController();
  const timer = new AbortController();
  const stop = () => limit.abort(outer.reason);
  outer.addEventListener('abort', stop, { once: true });
  clock.sleep(timeoutMs, timer.signal).then(
    () => limit.abort(new CodedError('issuer.list-not-followed', `No epoch covered the new list in ${timeoutMs} ms.`)),
    () => undefined,
  );
  try {
    outer.throwIfAborted();
    await work(limit.signal);
  } finally {
    timer.abort();
    outer.removeEventListener('abort', stop);
  }
}
