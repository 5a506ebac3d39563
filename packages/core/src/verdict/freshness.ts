import {
  type ActionClass,
  FRESHNESS_BANDS,
  type Freshness,
  type FreshnessRule,
  type FreshnessRules,
} from '../rulebook/rulebook.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The rules of the sample rulebook, and of a verifier that follows no network: nothing is looser outside. */
export const DEFAULT_FRESHNESS: FreshnessRules = {
  network: {
    pay: {
      liveMs: 15_000,
      recentMs: 5 * MINUTE_MS,
      staleMs: 30 * MINUTE_MS,
      effects: { live: 'final', recent: 'reserve', stale: 'reserve', 'cut-off': 'queue' },
    },
    view: {
      liveMs: 15_000,
      recentMs: 5 * MINUTE_MS,
      staleMs: 24 * HOUR_MS,
      effects: { live: 'final', recent: 'final', stale: 'advance', 'cut-off': 'none' },
    },
  },
  foreign: {
    pay: {
      liveMs: 5 * MINUTE_MS,
      recentMs: HOUR_MS,
      staleMs: 24 * HOUR_MS,
      effects: { live: 'final', recent: 'reserve', stale: 'reserve', 'cut-off': 'queue' },
    },
    view: {
      liveMs: 5 * MINUTE_MS,
      recentMs: 24 * HOUR_MS,
      staleMs: 7 * 24 * HOUR_MS,
      effects: { live: 'final', recent: 'final', stale: 'advance', 'cut-off': 'none' },
    },
  },
};

export function bandOf(rule: FreshnessRule, ageMs: number): Freshness {
  if (ageMs <= rule.liveMs) return 'live';
  if (ageMs <= rule.recentMs) return 'recent';
  return ageMs <= rule.staleMs ? 'stale' : 'cut-off';
}

/** One piece of evidence that ages: when it was made, and whose. */
export type Dated = { readonly asOf: number; readonly source: keyof FreshnessRules };

export type Aging = {
  /** Age of the oldest evidence in milliseconds; undefined when nothing ages. */
  readonly ageMs: number | undefined;
  readonly band: Freshness;
  /** The rule of the evidence that decides. */
  readonly rule: FreshnessRule;
  /** Unix milliseconds at which the band ends. */
  readonly bandEndsAt: number;
  /** Unix milliseconds at which the evidence is cut off. */
  readonly cutOffAt: number;
};

/** How old the evidence is at `now` (a tick): the weakest piece decides. A clock behind the evidence makes nothing young. */
export function ageEvidence(dated: readonly Dated[], rules: FreshnessRules, action: ActionClass, now: number): Aging {
  let weakest: Aging | undefined;
  let oldestMs = 0;
  for (const { asOf, source } of dated) {
    const next = agingOf(rules[source][action], asOf, now);
    weakest = weakest === undefined ? next : weaker(weakest, next);
    oldestMs = Math.max(oldestMs, next.ageMs);
  }
  if (weakest === undefined) {
    const rule = rules.network[action];
    return { ageMs: undefined, band: 'live', rule, bandEndsAt: now + rule.staleMs, cutOffAt: now + rule.staleMs };
  }
  return { ...weakest, ageMs: oldestMs };
}

function agingOf(rule: FreshnessRule, asOf: number, now: number): Aging & { readonly ageMs: number } {
  const ageMs = Math.max(0, now - asOf);
  const band = bandOf(rule, ageMs);
  return { ageMs, band, rule, bandEndsAt: asOf + endOf(rule, band), cutOffAt: asOf + rule.staleMs };
}

function weaker(a: Aging, b: Aging): Aging {
  const difference = FRESHNESS_BANDS.indexOf(b.band) - FRESHNESS_BANDS.indexOf(a.band);
  if (difference !== 0) return difference > 0 ? b : a;
  return b.bandEndsAt < a.bandEndsAt ? b : a;
}

function endOf(rule: FreshnessRule, band: Freshness): number {
  if (band === 'live') return rule.liveMs;
  return band === 'recent' ? rule.recentMs : rule.staleMs;
}
