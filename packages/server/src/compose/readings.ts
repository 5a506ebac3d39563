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

/**
 * What a reading says within `waitMs`, else what it said last, as long as that is not older than `goodForMs`: of a reading that
 * asks others it is known when one of them hangs. One is under way at most, and what it says too late counts from then on.
 */
export function timelyReading<T>(
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  { waitMs, goodForMs }: { readonly waitMs: number; readonly goodForMs: number },
  read: () => Promise<T>,
): () => Promise<T> {
  let said: { readonly value: T; readonly atMs: number } | undefined;
  let underWay: Promise<T> | undefined;

  async function begin(): Promise<T> {
    try {
      const value = await read();
      said = { value, atMs: clock.monotonic() };
      return value;
    } finally {
      underWay = undefined;
    }
  }

  return async () => {
    underWay ??= begin();
    const answer = underWay;
    if (said === undefined || clock.monotonic() - said.atMs > goodForMs) return answer;
    const { value } = said;
    const waiting = new AbortController();
    const tooLong = clock.sleep(waitMs, waiting.signal).then(
      () => value,
      () => value,
    );
    try {
      return await Promise.race([answer.catch(() => value), tooLong]);
    } finally {
      waiting.abort();
    }
  };
}
