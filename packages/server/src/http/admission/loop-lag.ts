export type LoopLag = { readonly lagMs: number; readonly mostMs: number; readonly stalls: number };

/** A pause as long as this is a stall: everybody has waited for something that is none of theirs. */
const STALL_MS = 500;
const REMEMBERED_MS = 60_000;

/** How late this process comes to what it wants to do, from when it was due and when it was done. */
export function createLoopLag(): { note(dueMs: number, nowMs: number): void; read(nowMs: number): LoopLag } {
  let lagMs = 0;
  let most = { lagMs: 0, atMs: Number.NEGATIVE_INFINITY };
  let stalls = 0;
  return {
    note(dueMs, nowMs) {
      lagMs = Math.max(0, nowMs - dueMs);
      if (lagMs >= STALL_MS) stalls += 1;
      if (lagMs >= most.lagMs || nowMs - most.atMs > REMEMBERED_MS) most = { lagMs, atMs: nowMs };
    },
    read: () => ({ lagMs: Math.round(lagMs), mostMs: Math.round(most.lagMs), stalls }),
  };
}
