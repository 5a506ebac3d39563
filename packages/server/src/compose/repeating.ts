import type { Platform } from './platform.ts';

export type Repeated = {
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
  /** Whose it is, for the log. */
  readonly name: string;
};

/** Does something again and again until disposed of, one at a time. What fails is logged, and done the next time. */
export function repeatEvery(
  { clock, logger }: Pick<Platform, 'clock' | 'logger'>,
  { everyMs, work, name }: Repeated,
): AsyncDisposable {
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(everyMs, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      await work().catch((error: unknown) => logger.warn({ role: name, err: error }, 'could not go on'));
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
