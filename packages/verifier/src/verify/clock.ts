/** Time, as verification may know it: of the same shape as the server's port, so that rehearsal can own it. */
export interface Clock {
  /** Unix milliseconds; may jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Rejects with the signal's reason when it aborts first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The platform's own time, in Node, browsers and edge runtimes. */
export function createPlatformClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(
          () => {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
          Math.max(0, durationMs),
        );
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
}
