import { isCodedError } from '@holdfast/core';
import { createBoundedMap } from '../bounded-map.ts';

/** Evidence as it was loaded. Times in unix milliseconds. */
export type Loaded<Value> = {
  readonly ok: true;
  readonly value: Value;
  /** Until then it is given without asking again. */
  readonly freshUntil: number;
  /** Until then it is given when asking again fails or takes too long. */
  readonly usableUntil: number;
};

/** `why`: a code of spec/reasons.json; `because`: the code of the failure behind it, for the operator. */
export type NotLoaded = { readonly ok: false; readonly why: string; readonly because?: string };

export type ReadOptions = {
  /** How long this caller waits for the network; the fetch itself goes on for the next one. Default: until it ends. */
  readonly waitMs?: number;
  /** Ask again when the copy was loaded longer ago than this. */
  readonly maxAgeMs?: number;
};

export type EvidenceCache<Value> = {
  read(uri: string, options?: ReadOptions): Promise<Loaded<Value> | NotLoaded>;
};

export type EvidenceCacheOptions<Value> = {
  /** What it throws is reported and counts as not loaded: a stranger's bytes stop nobody's process. */
  readonly load: (uri: string) => Promise<Loaded<Value> | NotLoaded>;
  /** The reason given when loading throws or is not even tried. */
  readonly unavailable: string;
  readonly now: () => number;
  readonly entropy: (length: number) => Uint8Array;
  readonly maxEntries: number;
  readonly maxWeight?: number;
  readonly weight?: (value: Value) => number;
  readonly report?: ((uri: string, error: unknown) => void) | undefined;
};

/** After a failure nobody asks again for this long, spread so that many verifiers do not come back at once. */
const RETRY_MIN_MS = 5000;
const RETRY_SPREAD_MS = 25_000;
/** However fresh a caller wants it, a source is asked no more often than this. */
const MIN_INTERVAL_MS = 1000;
/** Loads under way; beyond it a stranger's URIs are not fetched, so that nobody aims us at others. */
const MAX_UNDER_WAY = 32;

type Held<Value> = { readonly loaded: Loaded<Value>; readonly at: number };

/**
 * Copies of other people's documents: one fetch at a time for each URI, bounded in number and weight, failures
 * remembered for a short while, and an older copy, while it is usable, rather than none. The age is in the value: it is
 * the caller who decides what may follow from it.
 */
export function createEvidenceCache<Value>(options: EvidenceCacheOptions<Value>): EvidenceCache<Value> {
  const { now, unavailable, weight } = options;
  const held = createBoundedMap<string, Held<Value>>({
    maxEntries: options.maxEntries,
    ...(options.maxWeight === undefined ? {} : { maxWeight: options.maxWeight }),
    ...(weight === undefined ? {} : { weight: (entry: Held<Value>) => weight(entry.loaded.value) }),
  });
  const failures = createBoundedMap<string, { readonly failure: NotLoaded; readonly retryAt: number }>({
    maxEntries: 4 * options.maxEntries,
  });
  const underWay = new Map<string, Promise<Loaded<Value> | NotLoaded>>();

  async function load(uri: string): Promise<Loaded<Value> | NotLoaded> {
    try {
      const outcome = await options.load(uri).catch((error: unknown): NotLoaded => {
        options.report?.(uri, error);
        return { ok: false, why: unavailable, ...(isCodedError(error) ? { because: error.code } : {}) };
      });
      if (outcome.ok) {
        held.set(uri, { loaded: outcome, at: now() });
        failures.delete(uri);
      } else {
        failures.set(uri, { failure: outcome, retryAt: now() + jitter() });
      }
      return outcome;
    } finally {
      underWay.delete(uri);
    }
  }

  function jitter(): number {
    const [high = 0, low = 0] = options.entropy(2);
    return RETRY_MIN_MS + Math.floor((RETRY_SPREAD_MS * (256 * high + low)) / 65_536);
  }

  function join(uri: string): Promise<Loaded<Value> | NotLoaded> {
    const joined = underWay.get(uri);
    if (joined !== undefined) return joined;
    if (underWay.size >= MAX_UNDER_WAY)
      return Promise.resolve({ ok: false, why: unavailable, because: 'fetch.overloaded' });
    const started = load(uri);
    underWay.set(uri, started);
    return started;
  }

  return {
    async read(uri, { waitMs, maxAgeMs } = {}) {
      const copy = held.get(uri);
      const time = now();
      if (copy !== undefined && time < copy.loaded.freshUntil) {
        const ageMs = time - copy.at;
        if (ageMs < MIN_INTERVAL_MS || ageMs <= (maxAgeMs ?? Number.POSITIVE_INFINITY)) return copy.loaded;
      }
      const older = copy !== undefined && time < copy.loaded.usableUntil ? copy.loaded : undefined;
      const failed = failures.get(uri);
      if (failed !== undefined && time < failed.retryAt) return older ?? failed.failure;
      const late: NotLoaded = { ok: false, why: unavailable, because: 'fetch.timeout' };
      const outcome = waitMs === undefined ? await join(uri) : await within(join(uri), waitMs, late);
      return outcome.ok ? outcome : (older ?? outcome);
    },
  };
}

async function within<Value>(work: Promise<Value>, waitMs: number, late: Value): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alarm = new Promise<Value>((resolve) => {
    timer = setTimeout(() => resolve(late), waitMs);
  });
  try {
    return await Promise.race([work, alarm]);
  } finally {
    clearTimeout(timer);
  }
}
