import type { Clock } from '../verify/clock.ts';

export type SizeQueueOptions = {
  readonly clock: Clock;
  /** Aborts when the follower ends: nobody waits for a pull that will not come. */
  readonly lifetime: AbortSignal;
  /** Whether nothing more will be read for now. */
  readonly isOver: () => boolean;
  readonly tickMs: () => number;
  readonly size: () => number;
  /** One catch-up. Its failures are the follower's business. */
  readonly pull: () => Promise<void>;
  readonly maxWaiting: number;
};

export type SizeQueue = {
  /** See `Follower.awaitSize`. */
  awaitSize(wanted: number, signal: AbortSignal): Promise<boolean>;
  /** To be called when the size has grown. */
  settle(): void;
};

/**
 * Where callers wait who have seen a position ahead of ours. Positions are neither signed nor secret: a flood of invented
 * ones costs one pull per tick in all, and whoever sends them waits for it.
 */
export function createSizeQueue(options: SizeQueueOptions): SizeQueue {
  const { clock, lifetime, size, isOver } = options;
  const waiting = new Set<{ readonly wanted: number; readonly wake: () => void }>();
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  let coming: Promise<void> | undefined;

  /** The next pull to start: one that runs already may have asked the network before the caller's position was minted. */
  function nextPull(): Promise<void> {
    coming ??= (async () => {
      await running;
      const waitMs = startedAtMs + options.tickMs() - clock.monotonic();
      if (waitMs > 0) await clock.sleep(waitMs, lifetime);
      startedAtMs = clock.monotonic();
      coming = undefined;
      running = options.pull().catch(() => undefined);
      await running;
    })().catch(() => undefined);
    return coming;
  }

  return {
    async awaitSize(wanted, signal) {
      if (size() >= wanted) return true;
      if (signal.aborted || lifetime.aborted || isOver() || waiting.size >= options.maxWaiting) return false;
      await new Promise<void>((wake) => {
        const waiter = { wanted, wake: () => end() };
        const end = () => {
          waiting.delete(waiter);
          signal.removeEventListener('abort', end);
          wake();
        };
        waiting.add(waiter);
        signal.addEventListener('abort', end, { once: true });
        nextPull().then(end);
      });
      return size() >= wanted;
    },
    settle() {
      for (const waiter of [...waiting]) if (size() >= waiter.wanted) waiter.wake();
    },
  };
}
