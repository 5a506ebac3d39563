import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';

/** Waits between tries, in milliseconds: the n-th is random up to the smaller of both. */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

/** Rests after so many failures in a row. Full jitter, so that governors that lost the same network do not come back together. */
export async function restAfter(
  failures: number,
  { clock, entropy }: { readonly clock: Clock; readonly entropy: Entropy },
  signal: AbortSignal,
): Promise<void> {
  const mostMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 16));
  const [a = 0, b = 0] = entropy.bytes(2);
  await clock.sleep(((a * 256 + b) / 65_536) * mostMs, signal).catch(() => undefined);
}
