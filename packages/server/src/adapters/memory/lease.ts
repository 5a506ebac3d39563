import type { Clock } from '../../ports/clock.ts';
import type { Lease, LeaseHolder } from '../../ports/lease.ts';

/** Leases among those who share this object. */
export function createLeaseMemory(clock: Pick<Clock, 'monotonic'>): Lease {
  const kept = new Map<string, LeaseHolder & { readonly untilMs: number }>();

  function held(name: string): LeaseHolder | undefined {
    const found = kept.get(name);
    if (found === undefined || found.untilMs <= clock.monotonic()) return undefined;
    const { untilMs: _, ...holder } = found;
    return holder;
  }

  return {
    async take(name, by, forMs) {
      const before = held(name);
      if (before !== undefined && before.holder !== by.holder) return undefined;
      const fence = before?.fence ?? (kept.get(name)?.fence ?? 0) + 1;
      kept.set(name, { ...by, fence, untilMs: clock.monotonic() + forMs });
      return held(name);
    },
    async release(name, holder) {
      const before = held(name);
      if (before?.holder === holder) kept.set(name, { ...before, untilMs: 0 });
    },
    read: async (name) => held(name),
  };
}
