import { isCodedError, type JsonObject, type Jws, type PublicJwk, signatureCheck, thumbprint } from '@holdfast/core';
import { createBoundedMap } from '../bounded-map.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { createEvidenceCache, type Loaded, type NotLoaded, type ReadOptions } from './evidence-cache.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import type { ReversedEntries } from './reversal.ts';

/** A list that somebody publishes, parsed; whose signature it carries is not yet known. */
export type ForeignList = {
  readonly uri: string;
  /** Uncompressed bytes. */
  readonly packed: Uint8Array;
  /** When it was signed and when it ends, unix seconds. */
  readonly iat: number;
  readonly exp?: number;
  /** How long its issuer says that a copy counts as fresh, milliseconds. */
  readonly ttlMs?: number;
  /** base64url SHA-256 of the packed bytes. */
  readonly digest: string;
  /** Who says they signed it: `kid`, `x5c`, `alg`. */
  readonly header: JsonObject;
  /** What their signature covers; the payload may be left out. */
  readonly jws: Jws;
};

/** One kind of list: how it is asked for, read, and compared with the one before it. */
export type ListKind<List extends ForeignList> = {
  readonly accept: readonly string[];
  readonly maxBytes: number;
  /** A code of spec/reasons.json for what is no such list. `now` in unix milliseconds. */
  readonly parse: (body: Uint8Array, uri: string, now: number) => Promise<List | string>;
  /** Indices that were revoked in `before` and are not in `after`, added to those `found` earlier. */
  readonly reversed: (before: List, after: List, found: ReversedEntries) => ReversedEntries;
};

/** A list as fetched. Times in unix milliseconds. */
export type ListEvidence<List extends ForeignList> = List & {
  /** `iat`. */
  readonly asOf: number;
  /** The earlier of `exp` and seven days after `iat`. After it the list says only who was revoked. */
  readonly expiresAt: number;
  readonly fetchedAt: number;
};

export type ListSourceOptions = {
  readonly fetch: GuardedFetch;
  readonly engine: SignatureEngine;
  readonly now: () => number;
  readonly entropy: (length: number) => Uint8Array;
  readonly maxLists?: number;
  /** All lists together, inflated. */
  readonly maxBytes?: number;
  readonly seen?: Iterable<readonly [uri: string, iat: number]>;
  readonly report?: (uri: string, error: unknown) => void;
};

export type KeyFor = (header: JsonObject) => PublicJwk | undefined | Promise<PublicJwk | undefined>;
export type NoList = NotLoaded & { readonly uri: string };
export type VerifiedList<List extends ForeignList> =
  | { readonly ok: true; readonly evidence: ListEvidence<List>; readonly reversed: boolean }
  | NoList;

export type ListSource<List extends ForeignList> = {
  /** Fetched, parsed, inflated; not verified. Never throws for what a stranger wrote. */
  read(
    uri: string,
    options?: ReadOptions,
  ): Promise<{ readonly ok: true; readonly evidence: ListEvidence<List> } | NoList>;
  /** Whether `key` signed this list: verified once for each key, and only then remembered as seen. */
  verify(evidence: ListEvidence<List>, key: PublicJwk): Promise<boolean>;
  /** Both, and whether the source contradicts itself about `index`. `keyFor` finds the key for the list's header, if any. */
  readVerified(
    reference: { readonly uri: string; readonly index: number },
    keyFor: KeyFor,
    options?: ReadOptions,
  ): Promise<VerifiedList<List>>;
  /** The newest verified `iat` (seconds) for each URI: keep it, or a restart forgets what an old list would hide. */
  seen(): readonly (readonly [uri: string, iat: number])[];
};

/** How long a list counts as fresh: its ttl within these bounds (Token Status List section 13.7). */
const FRESH_MS = { usual: 300_000, min: 30_000, max: 7 * 86_400_000 };
/** A list without an end, or with one years away, is not believed for ever: an old "all clear" is worth replaying. */
const MAX_VALID_MS = 7 * 86_400_000;
const MAX_SEEN = 4096;

/**
 * Lists of foreign issuers: fetched within bounds, kept while they may be, never exchanged for an older one.
 */
export function createListSource<List extends ForeignList>(
  kind: ListKind<List>,
  options: ListSourceOptions,
): ListSource<List> {
  type Listed = ListEvidence<List>;
  const { now } = options;
  const maxEntries = options.maxLists ?? 256;
  const maxWeight = options.maxBytes ?? 64 * 1024 * 1024;
  const bytesOf = (evidence: Listed) => evidence.packed.length + evidence.jws.signingInput.length;
  const seen = createBoundedMap<string, number>({ maxEntries: MAX_SEEN });
  for (const [uri, iat] of options.seen ?? []) seen.set(uri, iat);
  const verified = createBoundedMap<string, { readonly evidence: Listed; readonly reversed: ReversedEntries }>({
    maxEntries,
    maxWeight,
    weight: ({ evidence }) => bytesOf(evidence),
  });
  const results = new WeakMap<Listed, Map<string, Promise<boolean>>>();
  const lists = createEvidenceCache<Listed>({
    load,
    unavailable: 'status.unavailable',
    now,
    entropy: options.entropy,
    maxEntries,
    maxWeight,
    weight: bytesOf,
    report: options.report,
  });

  async function load(uri: string): Promise<Loaded<Listed> | NotLoaded> {
    const response = await options.fetch({ url: uri, accept: kind.accept, maxBytes: kind.maxBytes });
    const fetchedAt = now();
    const list = await kind.parse(response.body, uri, fetchedAt);
    if (typeof list === 'string') return { ok: false, why: list };
    // Whoever serves an older list than one we have verified hides what was revoked since.
    if (list.iat < (seen.get(uri) ?? 0)) return { ok: false, why: 'status.rollback' };
    const asOf = list.iat * 1000;
    const expiresAt = Math.min((list.exp ?? Number.POSITIVE_INFINITY) * 1000, asOf + MAX_VALID_MS);
    const freshMs = Math.min(FRESH_MS.max, Math.max(FRESH_MS.min, list.ttlMs ?? FRESH_MS.usual));
    return {
      ok: true,
      value: { ...list, asOf, expiresAt, fetchedAt },
      freshUntil: Math.min(fetchedAt + freshMs, Math.max(expiresAt, fetchedAt + FRESH_MS.min)),
      // Beyond `expiresAt` too: a revocation it carries stays one, and nothing else is believed of it.
      usableUntil: fetchedAt + MAX_VALID_MS,
    };
  }

  async function verifyOnce(evidence: Listed, key: PublicJwk): Promise<boolean> {
    try {
      const [isGood = false] = await options.engine.verify([signatureCheck(evidence.jws, key)]);
      if (isGood) remember(evidence);
      return isGood;
    } catch (error) {
      // The header names another algorithm than the key is for, or the signature is no signature.
      if (isCodedError(error) && error.code.startsWith('jws.')) return false;
      throw error;
    }
  }

  function remember(evidence: Listed): void {
    if (evidence.iat < (seen.get(evidence.uri) ?? 0)) return;
    seen.set(evidence.uri, evidence.iat);
    const before = verified.get(evidence.uri);
    if (before?.evidence === evidence) return;
    const reversed =
      before === undefined ? new Set<number>() : kind.reversed(before.evidence, evidence, before.reversed);
    verified.set(evidence.uri, { evidence, reversed });
  }

  function verify(evidence: Listed, key: PublicJwk): Promise<boolean> {
    const known = results.get(evidence) ?? new Map<string, Promise<boolean>>();
    results.set(evidence, known);
    const name = thumbprint(key);
    const running = known.get(name) ?? verifyOnce(evidence, key);
    known.set(name, running);
    // An engine that could not work has answered nothing: the next caller asks again.
    running.catch(() => known.delete(name));
    return running;
  }

  async function read(uri: string, wait?: ReadOptions) {
    const loaded = await lists.read(uri, wait);
    return loaded.ok ? { ok: true as const, evidence: loaded.value } : { ...loaded, uri };
  }

  return {
    read,
    verify,
    async readVerified({ uri, index }, keyFor, wait) {
      const found = await read(uri, wait);
      if (!found.ok) return found;
      const { evidence } = found;
      const key = await keyFor(evidence.header);
      if (key === undefined) return { ok: false, uri, why: 'status.key_unavailable' };
      if (!(await verify(evidence, key))) return { ok: false, uri, why: 'status.bad_signature' };
      if (evidence.iat < (seen.get(uri) ?? 0)) return { ok: false, uri, why: 'status.rollback' };
      const reversed = verified.get(uri)?.reversed ?? new Set<number>();
      return { ok: true, evidence, reversed: reversed === 'too many' || reversed.has(index) };
    },
    seen: () => [...seen.entries()],
  };
}
