import { CodedError } from '@holdfast/core';
import type { Clock } from '../verify/clock.ts';

/** A signal of our own that also aborts with `outer`; `release` lets go of it. */
export function linkSignal(outer: AbortSignal): { readonly controller: AbortController; readonly release: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort(outer.reason);
  if (outer.aborted) stop();
  else outer.addEventListener('abort', stop, { once: true });
  return { controller, release: () => outer.removeEventListener('abort', stop) };
}

/** Rejects with the signal's reason once it aborts, never before: for a race with work that may ignore its signal. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Why a timer is called off. Without a reason of ours each would make one, with the whole stack that led to it. */
const IN_TIME = 'in time';

/**
 * Runs `work` for at most `timeoutMs`, then throws `late` (`feed.timeout`); throws the reason of `outer` when that aborts. Holds
 * even for a source that ignores its signal.
 */
export async function within<Result>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
  late: () => CodedError = () => timedOut(timeoutMs),
): Promise<Result> {
  outer.throwIfAborted();
  const { controller, release } = linkSignal(outer);
  const timer = new AbortController();
  clock.sleep(timeoutMs, timer.signal).then(
    () => controller.abort(late()),
    () => undefined,
  );
  try {
    return await Promise.race([work(controller.signal), rejectOnAbort(controller.signal)]);
  } finally {
    timer.abort(IN_TIME);
    release();
  }
}

function timedOut(timeoutMs: number): CodedError {
  return new CodedError('feed.timeout', `The network did not answer within ${timeoutMs} ms.`, { timeoutMs });
}
