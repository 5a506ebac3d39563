import type { Clock } from '../ports/clock.ts';

/** One reading serves everybody for so long; what failed is asked for again by the next who looks. */
export function sharedReading<T>(
  clock: Pick<Clock, 'monotonic'>,
  sharedForMs: number,
  read: () => Promise<T>,
): () => Promise<T> {
  let known: { readonly value: Promise<T>; readonly atMs: number } | undefined;
  return () => {
    const now = clock.monotonic();
    if (known !== undefined && now - known.atMs < sharedForMs) return known.value;
    const value = read();
    known = { value, atMs: now };
    value.catch(() => {
      if (known?.value === value) known = undefined;
    });
    return value;
  };
}
