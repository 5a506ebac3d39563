/** How fast something is worked off, learned from what was done. */
export type Pace = {
  /** Undefined before anything was measured. */
  readonly perSecond?: number;
  /** When work was last counted, unix milliseconds. */
  readonly at?: number;
};

const WINDOW_MS = 60_000;

/** So many more are done by now, which took from the last count on. A pause in which there was nothing to do is not counted: `rested`. */
export function applyPace(pace: Pace, done: number, now: number, rested = false): Pace {
  const { at, perSecond } = pace;
  if (at === undefined || rested) return { ...pace, at: now };
  const tookMs = now - at;
  if (tookMs <= 0) return pace;
  const measured = (done * 1000) / tookMs;
  const weight = tookMs / (tookMs + WINDOW_MS);
  return { perSecond: perSecond === undefined ? measured : perSecond + weight * (measured - perSecond), at: now };
}

/** How long `backlog` takes at this pace, in milliseconds; undefined where no pace is known. */
export function clearsInMs(backlog: number, { perSecond }: Pace): number | undefined {
  if (backlog === 0) return 0;
  return perSecond === undefined || perSecond <= 0 ? undefined : Math.ceil((backlog * 1000) / perSecond);
}

/** A promise leaves room for a pace that halves, and for a pause. */
const PROMISE_FACTOR = 2;
const PROMISE_MARGIN_MS = 60_000;

/** By when everybody of the backlog has been looked at, unless the pace falls to less than half; `from` is when work on it begins. */
export function promisedBy(backlog: number, pace: Pace, from: number): number | undefined {
  const takesMs = clearsInMs(backlog, pace);
  return takesMs === undefined ? undefined : from + PROMISE_FACTOR * takesMs + PROMISE_MARGIN_MS;
}
