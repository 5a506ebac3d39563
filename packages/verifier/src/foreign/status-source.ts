import {
  isCodedError,
  type JsonObject,
  MAX_STATUS_TOKEN_LENGTH,
  type PublicJwk,
  signatureCheck,
  thumbprint,
} from '@holdfast/core';
import { createBoundedMap } from '../bounded-map.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { createEvidenceCache, type Loaded, type NotLoaded, type ReadOptions } from './evidence-cache.ts';
import { type FetchedList, parseFetchedList } from './fetched-list.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import { type ReversedEntries, reversedEntries } from './reversal.ts';

/** A list as fetched. `verify` says whether it is signed by whom it should be. Times here in unix milliseconds. */
export type StatusEvidence = FetchedList & {
  /** `iat`. */
  readonly asOf: number;
  /** The earlier of `exp` and seven days after `iat`. After it the list says only who was revoked. */
  readonly expiresAt: number;
  readonly fetchedAt: number;
};

export type StatusRead =
  | { readonly ok: true; readonly evidence: StatusEvidence }
  | (NotLoaded & { readonly uri: string });

/** What `judge` takes: a verified list, or why there is none. */
export type VerifiedStatus =
  | {
      readonly ok: true;
      readonly uri: string;
      readonly bits: 1 | 2 | 4 | 8;
      readonly packed: Uint8Array;
      readonly asOf: number;
      readonly expiresAt: number;
      readonly digest: string;
      /** The source said revoked for this index before, and does not now. */
      readonly reversed: boolean;
    }
  | { readonly ok: false; readonly uri: string; readonly why: string; readonly because?: string };

export type StatusSource = {
  /** Fetched, parsed, inflated; not verified. Never throws for what a stranger wrote. */
  read(uri: string, options?: ReadOptions): Promise<StatusRead>;
  /** Whether `key` signed this list: verified once for each key, and only then remembered as seen. */
  verify(evidence: StatusEvidence, key: PublicJwk): Promise<boolean>;
  /** Both, and whether the source contradicts itself. `keyFor` finds the key for the token's header, if any. */
  readVerified(
    reference: { readonly uri: string; readonly index: number },
    keyFor: (header: JsonObject) => PublicJwk | undefined | Promise<PublicJwk | undefined>,
    options?: ReadOptions,
  ): Promise<VerifiedStatus>;
  /** The newest verified `iat` (seconds) for each URI: keep it, or a restart forgets what an old list would hide. */
  seen(): readonly (readonly [uri: string, iat: number])[];
};

export type StatusSourceOptions = {
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

/** How long a list counts as fresh: its `ttl` within these bounds (Token Status List section 13.7). */
const FRESH_MS = { usual: 300_000, min: 30_000, max: 7 * 86_400_000 };
/** A token without `exp`, or with one years away, is not believed for ever: an old "all clear" is worth replaying. */
const MAX_VALID_MS = 7 * 86_400_000;
const MAX_SEEN = 4096;

type Verified = { readonly evidence: StatusEvidence; readonly reversed: ReversedEntries };

/**
 * Status lists of foreign issuers: fetched within bounds, kept while they may be, never exchanged for an older one.
 */
export function createStatusSource(options: StatusSourceOptions): StatusSource {
  const { now } = options;
  const maxEntries = options.maxLists ?? 256;
  const maxWeight = options.maxBytes ?? 64 * 1024 * 1024;
  const bytesOf = (evidence: StatusEvidence) => evidence.packed.length + evidence.jws.signingInput.length;
  const seen = createBoundedMap<string, number>({ maxEntries: MAX_SEEN });
  for (const [uri, iat] of options.seen ?? []) seen.set(uri, iat);
  const verified = createBoundedMap<string, Verified>({
    maxEntries,
    maxWeight,
    weight: ({ evidence }) => bytesOf(evidence),
  });
  const results = new WeakMap<StatusEvidence, Map<string, Promise<boolean>>>();
  const lists = createEvidenceCache<StatusEvidence>({
    load,
    unavailable: 'status.unavailable',
    now,
    entropy: options.entropy,
    maxEntries,
    maxWeight,
    weight: bytesOf,
    report: options.report,
  });

  async function load(uri: string): Promise<Loaded<StatusEvidence> | NotLoaded> {
    const response = await options.fetch({
      url: uri,
      accept: ['application/statuslist+jwt'],
      maxBytes: MAX_STATUS_TOKEN_LENGTH,
    });
    const fetchedAt = now();
    const token = await parseFetchedList(response.body, uri, fetchedAt);
    if (typeof token === 'string') return { ok: false, why: token };
    // Whoever serves an older list than one we have verified hides what was revoked since.
    if (token.iat < (seen.get(uri) ?? 0)) return { ok: false, why: 'status.rollback' };
    const asOf = token.iat * 1000;
    const expiresAt = Math.min((token.exp ?? Number.POSITIVE_INFINITY) * 1000, asOf + MAX_VALID_MS);
    const freshMs = Math.min(FRESH_MS.max, Math.max(FRESH_MS.min, (token.ttl ?? FRESH_MS.usual / 1000) * 1000));
    return {
      ok: true,
      value: { ...token, asOf, expiresAt, fetchedAt },
      freshUntil: Math.min(fetchedAt + freshMs, Math.max(expiresAt, fetchedAt + FRESH_MS.min)),
      // Beyond `expiresAt` too: a revocation it carries stays one, and nothing else is believed of it.
      usableUntil: fetchedAt + MAX_VALID_MS,
    };
  }

  async function verifyOnce(evidence: StatusEvidence, key: PublicJwk): Promise<boolean> {
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

  function remember(evidence: StatusEvidence): void {
    if (evidence.iat < (seen.get(evidence.uri) ?? 0)) return;
    seen.set(evidence.uri, evidence.iat);
    const before = verified.get(evidence.uri);
    if (before?.evidence === evidence) return;
    const reversed =
      before === undefined ? new Set<number>() : reversedEntries(before.evidence, evidence, before.reversed);
    verified.set(evidence.uri, { evidence, reversed });
  }

  function verify(evidence: StatusEvidence, key: PublicJwk): Promise<boolean> {
    const known = results.get(evidence) ?? new Map<string, Promise<boolean>>();
    results.set(evidence, known);
    const name = thumbprint(key);
    const running = known.get(name) ?? verifyOnce(evidence, key);
    known.set(name, running);
    // An engine that could not work has answered nothing: the next caller asks again.
    running.catch(() => known.delete(name));
    return running;
  }

  async function read(uri: string, wait?: ReadOptions): Promise<StatusRead> {
    const loaded = await lists.read(uri, wait);
    return loaded.ok ? { ok: true, evidence: loaded.value } : { ...loaded, uri };
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
      const { bits, packed, asOf, expiresAt, digest } = evidence;
      return {
        ok: true,
        uri,
        bits,
        packed,
        asOf,
        expiresAt,
        digest,
        reversed: reversed === 'too many' || reversed.has(index),
      };
    },
    seen: () => [...seen.entries()],
  };
}
