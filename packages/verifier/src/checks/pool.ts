/** How many may be asked of one checker at once, and how many may wait for that. */
export type PoolBounds = { readonly maxConcurrent: number; readonly queue: number };

/** Who is inside and who waits, in numbers. */
export type Pool = { readonly running: number; readonly waiting: number };

export const EMPTY_POOL: Pool = { running: 0, waiting: 0 };

/** Somebody comes: runs at once, waits, or is sent away because both are full. */
export function enterPool(
  pool: Pool,
  bounds: PoolBounds,
): { readonly pool: Pool; readonly place: 'run' | 'wait' | 'full' } {
  if (pool.running < bounds.maxConcurrent) return { pool: { ...pool, running: pool.running + 1 }, place: 'run' };
  if (pool.waiting < bounds.queue) return { pool: { ...pool, waiting: pool.waiting + 1 }, place: 'wait' };
  return { pool, place: 'full' };
}

/** Somebody who ran has done: whoever waits longest takes the place. */
export function leavePool(pool: Pool): { readonly pool: Pool; readonly isNextIn: boolean } {
  if (pool.waiting > 0) return { pool: { ...pool, waiting: pool.waiting - 1 }, isNextIn: true };
  return { pool: { ...pool, running: pool.running - 1 }, isNextIn: false };
}

/** Somebody who waited goes without having run. */
export function leaveQueue(pool: Pool): Pool {
  return { ...pool, waiting: pool.waiting - 1 };
}
