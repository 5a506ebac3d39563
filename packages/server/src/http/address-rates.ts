import type { Clock } from '../ports/clock.ts';

export type AddressRates = {
  /** Whether this address may ask now; if so, that was one of its turns. */
  take(address: string): boolean;
  /** Whether it may not ask now; takes no turn. */
  isSpent(address: string): boolean;
};

/** Addresses remembered; the one that was silent longest is forgotten first, and then has its whole burst again. */
const MAX_ADDRESSES = 4096;

/** A bucket of turns for each address, filled evenly. */
export function createAddressRates(
  clock: Pick<Clock, 'monotonic'>,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): AddressRates {
  /** In the order of their last request, the oldest first. */
  const buckets = new Map<string, { readonly turns: number; readonly atMs: number }>();
  const filledOf = (address: string, now: number) => {
    const { turns, atMs } = buckets.get(address) ?? { turns: burst, atMs: now };
    return Math.min(burst, turns + ((now - atMs) / 1000) * perSecond);
  };
  return {
    isSpent: (address) => filledOf(address, clock.monotonic()) < 1,
    take(address) {
      const now = clock.monotonic();
      const filled = filledOf(address, now);
      buckets.delete(address);
      buckets.set(address, { turns: filled < 1 ? filled : filled - 1, atMs: now });
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
      return filled >= 1;
    },
  };
}
