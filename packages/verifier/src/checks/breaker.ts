/**
 * Whether one checker is worth asking. Closed: yes. Open: it failed so often in a row that it is left alone until a moment.
 * Half-open: that moment has come and one question, the probe, is under way; its answer decides. Times in milliseconds of a
 * clock that never goes back.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly until: number; readonly trips: number }
  | { readonly state: 'half-open'; readonly trips: number };

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** Failures in a row that open it. */
export const FAILURES_TO_OPEN = 5;
const OPEN_MIN_MS = 1000;
const OPEN_MAX_MS = 60_000;

/** May somebody ask now? The first after an open time may, as its probe, and nobody else until that has ended. */
export function admit(breaker: Breaker, now: number): { readonly breaker: Breaker; readonly isAdmitted: boolean } {
  if (breaker.state === 'closed') return { breaker, isAdmitted: true };
  if (breaker.state === 'half-open' || now < breaker.until) return { breaker, isAdmitted: false };
  return { breaker: { state: 'half-open', trips: breaker.trips }, isAdmitted: true };
}

export function afterAnswer(breaker: Breaker): Breaker {
  // An answer to what was asked before it opened says that somebody is there; the probe finds out whether it lasts.
  return breaker.state === 'open' ? breaker : CLOSED;
}

/** `spread`, 0 to 1 and random: verifiers that lost a checker together do not come back together. */
export function afterFailure(breaker: Breaker, now: number, spread: number): Breaker {
  if (breaker.state === 'open') return breaker;
  if (breaker.state === 'half-open') return open(breaker.trips + 1, now, spread);
  const failures = breaker.failures + 1;
  return failures < FAILURES_TO_OPEN ? { state: 'closed', failures } : open(1, now, spread);
}

function open(trips: number, now: number, spread: number): Breaker {
  const longestMs = Math.min(OPEN_MAX_MS, 4 * OPEN_MIN_MS * 2 ** Math.min(trips - 1, 10));
  return { state: 'open', until: now + OPEN_MIN_MS + spread * (longestMs - OPEN_MIN_MS), trips };
}
