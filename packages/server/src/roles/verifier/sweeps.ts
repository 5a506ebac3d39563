import type { Clock } from '../../ports/clock.ts';
import type { PresentationStore } from '../../ports/presentation-store.ts';
import type { VerdictStore } from '../../ports/verdict-store.ts';
import type { VerifierBounds } from './config.ts';
import type { Standings } from './standings.ts';

/** How much one sweep erased. */
export type Swept = {
  readonly erased: number;
  readonly forgotten: number;
  readonly requests: number;
  readonly standings: number;
};

export type Sweeps = { sweep(): Promise<Swept>; runSweeps(signal: AbortSignal): Promise<void> };

const ROWS_AT_ONCE = 500;
/** What is due beyond this waits for the next sweep: erasing must not crowd out verifying. */
const ROUNDS = 40;

/**
 * The promise of what is kept how long. What was presented goes `presentationMemoryMs` after its verdict, the verdict
 * `verdictMemoryMs` after it, a request to a wallet `requestMemoryMs` after it expired, a standing `standingMemoryMs` after
 * it was kept, and the mark that there was one with the verdict; each at the first sweep after.
 */
export function createSweeps(options: {
  readonly clock: Clock;
  readonly store: VerdictStore;
  readonly presentations: PresentationStore;
  readonly standings: Pick<Standings, 'sweep'>;
  /** Whatever else falls due by rules of its own. */
  readonly also?: readonly Pick<Standings, 'sweep'>[];
  readonly bounds: VerifierBounds;
  /** What the rulebook's profiles bound the first of these by, milliseconds. */
  readonly retentionMs?: () => number | undefined;
}): Sweeps {
  const { clock, store, presentations, standings, also = [], bounds, retentionMs } = options;

  async function sweep(): Promise<Swept> {
    const now = clock.now();
    for (const other of also) await repeat((limit) => other.sweep(limit));
    const keptMs = Math.min(bounds.presentationMemoryMs, retentionMs?.() ?? Number.MAX_SAFE_INTEGER);
    return {
      erased: await repeat((limit) => store.eraseSealed(now - keptMs, limit)),
      forgotten: await repeat((limit) => store.remove(now - bounds.verdictMemoryMs, limit)),
      requests: await repeat((limit) => presentations.remove(now - bounds.requestMemoryMs, limit)),
      standings: await repeat((limit) => standings.sweep(limit)),
    };
  }

  return {
    sweep,
    async runSweeps(signal) {
      while (!signal.aborted) {
        // A store that is away now is swept the next time: nothing is due only once.
        await sweep().catch(() => undefined);
        await clock.sleep(bounds.sweepMs, signal).catch(() => undefined);
      }
    },
  };
}

async function repeat(step: (limit: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const count = await step(ROWS_AT_ONCE);
    total += count;
    if (count < ROWS_AT_ONCE) break;
  }
  return total;
}
