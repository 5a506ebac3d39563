import { linkSignal } from '@holdfast/verifier';
import type { Clock } from '../ports/clock.ts';

export type WakingLoop = {
  /** There is something to do now. Also while work is under way: it may have looked before this was there. */
  wake(): void;
  /** Works, rests and works again until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
};

/** Work that is done now and then, and soon after somebody asks for it. A store that is away now is asked again. */
export function createWakingLoop(clock: Clock, everyMs: number, work: () => Promise<unknown>): WakingLoop {
  let isWoken = false;
  let rest = new AbortController();
  return {
    wake() {
      isWoken = true;
      rest.abort();
    },
    async run(signal) {
      while (!signal.aborted) {
        isWoken = false;
        await work().catch(() => undefined);
        const { controller, release } = linkSignal(signal);
        rest = controller;
        await clock.sleep(isWoken ? 0 : everyMs, controller.signal).catch(() => undefined);
        release();
      }
    },
  };
}
