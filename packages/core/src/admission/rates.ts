/** Turns that somebody may take: a bucket for each name, filled evenly. */
export type RateTerms = {
  readonly perSecond: number;
  readonly burst: number;
  /** Names remembered; the one that was silent longest is forgotten first, and then has its whole burst again. */
  readonly maxNames: number;
};

export interface Rates {
  /** Whether this name may go on now; if so, that was one of its turns. `nowMs` never goes back. */
  take(name: string, nowMs: number): boolean;
  /** Whether it may not go on now; takes no turn. */
  isSpent(name: string, nowMs: number): boolean;
}

export function createRates({ perSecond, burst, maxNames }: RateTerms): Rates {
  /** In the order of their last turn, the oldest first. */
  const buckets = new Map<string, { readonly turns: number; readonly atMs: number }>();
  const filledOf = (name: string, nowMs: number): number => {
    const { turns, atMs } = buckets.get(name) ?? { turns: burst, atMs: nowMs };
    return Math.min(burst, turns + ((nowMs - atMs) / 1000) * perSecond);
  };
  return {
    isSpent: (name, nowMs) => filledOf(name, nowMs) < 1,
    take(name, nowMs) {
      const filled = filledOf(name, nowMs);
      buckets.delete(name);
      buckets.set(name, { turns: filled < 1 ? filled : filled - 1, atMs: nowMs });
      const [oldest] = buckets.keys();
      if (buckets.size > maxNames && oldest !== undefined) buckets.delete(oldest);
      return filled >= 1;
    },
  };
}
