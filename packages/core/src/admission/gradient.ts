/** How many may run at once, learned from how long they take: after Netflix's Gradient2 and Envoy's adaptive concurrency. */
export type Gradient = {
  readonly limit: number;
  /** What one takes where nobody is in its way, in milliseconds. 0 before anything was measured. */
  readonly usualMs: number;
  /** What one took lately, in milliseconds. */
  readonly recentMs: number;
};

/** Of the requests that ended in one window. */
export type GradientSample = { readonly meanMs: number; readonly mostInFlight: number };

export type GradientBounds = {
  readonly least: number;
  readonly most: number;
  /** What takes no longer than this is quick enough, whatever is usual. */
  readonly quickMs: number;
};

const TOLERANCE = 1.2;
const SMOOTHING = 0.2;
/** Weight of one window in the averages. */
const USUAL_WEIGHT = 0.05;
const RECENT_WEIGHT = 0.3;
/** A moment in which nothing was done says little about the next. */
const MOST_RECENT_MS = 2_000;
/** A probe may show at most so many times of what was usual: one bad moment is not the new measure of all. */
const MOST_RISE = 2;

/** Before anything was measured. */
export function createGradient({ least, most }: Pick<GradientBounds, 'least' | 'most'>): Gradient {
  return { limit: Math.min(most, Math.max(least, 16)), usualMs: 0, recentMs: 0 };
}

/**
 * Falls while requests take longer than they usually do, and grows while they do not and the limit is used. While it is used,
 * what takes long may take long because of it: then what is usual only falls, and nothing but a probe raises it. Else a long
 * time of trouble would be taken for what is usual, and the limit grow until nothing is answered in time.
 */
export function applyGradient(
  { limit, usualMs, recentMs }: Gradient,
  { meanMs, mostInFlight }: GradientSample,
  { least, most, quickMs }: GradientBounds,
): Gradient {
  const sampled = Math.max(0.1, meanMs);
  const lately = Math.min(sampled, MOST_RECENT_MS);
  const recent = recentMs === 0 ? lately : recentMs + RECENT_WEIGHT * (lately - recentMs);
  const isPressed = mostInFlight >= limit / 2;
  const isFollowed = usualMs === 0 || !isPressed || sampled < usualMs;
  const followed = usualMs + USUAL_WEIGHT * (sampled - usualMs);
  const usual = usualMs === 0 ? sampled : isFollowed ? followed : usualMs;
  // A limit that nobody comes near says nothing about what could be run.
  if (!isPressed) return { limit, usualMs: usual, recentMs: recent };
  const gradient = Math.min(1, Math.max(0.5, Math.max(quickMs, TOLERANCE * usual) / sampled));
  const wanted = limit * (1 - SMOOTHING) + (limit * gradient + Math.sqrt(limit)) * SMOOTHING;
  return { limit: Math.min(most, Math.max(least, wanted)), usualMs: usual, recentMs: recent };
}

/** What one takes was measured while hardly anybody ran. */
export function applyProbe(gradient: Gradient, meanMs: number): Gradient {
  const { usualMs } = gradient;
  return { ...gradient, usualMs: usualMs === 0 ? meanMs : Math.min(Math.max(0.1, meanMs), MOST_RISE * usualMs) };
}
