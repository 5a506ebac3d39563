/** How many may run at once, learned from how long they take: Netflix's Gradient2, over windows of samples. */
export type Gradient = {
  readonly limit: number;
  /** What one usually takes, in milliseconds: a slow average. 0 before anything was measured. */
  readonly usualMs: number;
};

/** Of the requests that ended in one window. */
export type GradientSample = { readonly meanMs: number; readonly mostInFlight: number };

const TOLERANCE = 1.5;
const HEADROOM = 4;
const SMOOTHING = 0.2;
/** Weight of one window in the slow average. */
const WEIGHT = 0.01;

/**
 * Falls while requests take longer than they usually do, and grows while they do not and the limit is used. What is usual
 * follows slowly, and quickly back when a time of trouble is over.
 */
export function applyGradient(
  { limit, usualMs }: Gradient,
  { meanMs, mostInFlight }: GradientSample,
  { least, most }: { readonly least: number; readonly most: number },
): Gradient {
  const sampled = Math.max(0.1, meanMs);
  const followed = usualMs === 0 ? sampled : usualMs + WEIGHT * (sampled - usualMs);
  const usual = followed > 2 * sampled ? followed * 0.95 : followed;
  // A limit that nobody comes near says nothing about what could be run.
  if (mostInFlight < limit / 2) return { limit, usualMs: usual };
  const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * usual) / sampled));
  const wanted = limit * (1 - SMOOTHING) + (limit * gradient + HEADROOM) * SMOOTHING;
  return { limit: Math.min(most, Math.max(least, wanted)), usualMs: usual };
}
