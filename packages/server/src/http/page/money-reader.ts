import type { Clock } from '../../ports/clock.ts';
import type { Money } from './money-state.ts';

/** Many pages that are open at once cost as much as one. */
const SHARED_FOR_MS = 1000;
/** No page waits longer for its money: what else it has to say is told in time. */
const PATIENCE_MS = 1000;

/**
 * Shares one reading among all who ask at about the same time. A reading that fails or takes too long is `silent`, and told
 * to `report`; the next one begins when the last has ended, so a slow database gets one question at a time.
 */
export function createMoneyReader(
  read: () => Promise<Money>,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  report: (error: unknown) => void,
): () => Promise<Money> {
  let known: { readonly money: Money; readonly atMs: number } | undefined;
  let reading: Promise<Money> | undefined;

  async function readOnce(): Promise<Money> {
    try {
      return await read();
    } catch (error) {
      report(error);
      return { state: 'silent' };
    }
  }

  function begin(): Promise<Money> {
    const begun = readOnce().then((money) => {
      known = { money, atMs: clock.monotonic() };
      reading = undefined;
      return money;
    });
    reading = begun;
    return begun;
  }

  return async () => {
    if (known !== undefined && clock.monotonic() - known.atMs < SHARED_FOR_MS) return known.money;
    const waiting = new AbortController();
    const tooLong = clock.sleep(PATIENCE_MS, waiting.signal).then(
      (): Money => ({ state: 'silent' }),
      (): Money => ({ state: 'silent' }),
    );
    const money = await Promise.race([reading ?? begin(), tooLong]);
    waiting.abort();
    return money;
  };
}
