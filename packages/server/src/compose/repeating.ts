import type { Platform } from './platform.ts';
import { codeIn, signalsOf } from './seeing.ts';

export type Repeated = {
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
  /** Whose it is, for the log. */
  readonly name: string;
};

/** Does something again and again until disposed of, one at a time. What fails is told, and done the next time. */
export function repeatEvery(
  platform: Pick<Platform, 'clock' | 'seeing'>,
  { everyMs, work, name }: Repeated,
): AsyncDisposable {
  const { clock } = platform;
  const signals = signalsOf(platform);
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(everyMs, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      await work().catch((error: unknown) => signals.partTroubled({ part: name, why: codeIn(error) }));
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
