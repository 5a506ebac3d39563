import {
  type BitstringCredential,
  encodeBase64url,
  isCodedError,
  MAX_STATUS_LIST_BYTES,
  MAX_STATUS_TOKEN_LENGTH,
  MIN_BITSTRING_ENTRIES,
  parseBitstringCredential,
  parseUtf8,
  sha256,
} from '@holdfast/core';
import type { ReadOptions } from './evidence-cache.ts';
import { inflateBounded } from './inflate.ts';
import {
  createListSource,
  type ForeignList,
  type KeyFor,
  type ListKind,
  type ListSource,
  type ListSourceOptions,
  type NoList,
} from './list-source.ts';
import { MAX_REVERSED, type ReversedEntries } from './reversal.ts';

/** A Bitstring Status List, inflated: one bit for each index, the most significant first. */
export type FetchedBitstring = ForeignList & { readonly issuer: string; readonly purposes: readonly string[] };

/** What `judge` takes: a verified list, or why there is none. */
export type VerifiedBitstring =
  | {
      readonly ok: true;
      readonly uri: string;
      readonly packed: Uint8Array;
      readonly asOf: number;
      readonly expiresAt: number;
      readonly digest: string;
      readonly reversed: boolean;
    }
  | NoList;

export type BitstringQuestion = {
  readonly uri: string;
  readonly index: number;
  readonly size: number;
  readonly purpose: string;
  /** Of the credential: nobody else's list speaks of it. */
  readonly issuer: string | undefined;
};

export type BitstringSource = Omit<ListSource<FetchedBitstring>, 'readVerified'> & {
  /** The list an entry names, if it is its issuer's and for its purpose. `keyFor` finds the key for the list's header. */
  readVerified(question: BitstringQuestion, keyFor: KeyFor, options?: ReadOptions): Promise<VerifiedBitstring>;
};

const MAX_SKEW_S = 60;

const CREDENTIALS: ListKind<FetchedBitstring> = {
  accept: ['application/vc+jwt', 'application/jwt'],
  maxBytes: MAX_STATUS_TOKEN_LENGTH,
  parse: parseFetchedBitstring,
  reversed: reversedBits,
};

/** Bitstring Status Lists of foreign issuers, secured as `vc+jwt`. */
export function createBitstringSource(options: ListSourceOptions): BitstringSource {
  const lists = createListSource(CREDENTIALS, options);
  return {
    ...lists,
    async readVerified({ uri, index, size, purpose, issuer }, keyFor, wait) {
      const found = await lists.readVerified({ uri, index: index * size }, keyFor, wait);
      if (!found.ok) return found;
      const { evidence } = found;
      if (evidence.issuer !== issuer) return { ok: false, uri, why: 'status.key_unavailable' };
      if (!evidence.purposes.includes(purpose)) return { ok: false, uri, why: 'status.wrong_subject' };
      const { packed, asOf, expiresAt, digest } = evidence;
      return { ok: true, uri, packed, asOf, expiresAt, digest, reversed: found.reversed };
    },
  };
}

/** `now` in unix milliseconds. Expiry is not judged here: that a credential was revoked stays true when its list has run out. */
export async function parseFetchedBitstring(
  body: Uint8Array,
  uri: string,
  now: number,
): Promise<FetchedBitstring | string> {
  const list = parseBody(body);
  if (typeof list === 'string') return list;
  // A list of another address, signed by the same key, says nothing about this credential's index.
  if (list.uri !== uri) return 'status.wrong_subject';
  if (list.iat > now / 1000 + MAX_SKEW_S) return 'status.future';
  const packed = await inflateBounded(list.compressed, MAX_STATUS_LIST_BYTES, 'gzip');
  if (packed === 'too-large') return 'status.too_large';
  if (packed === 'malformed' || packed.length * 8 < MIN_BITSTRING_ENTRIES) return 'status.malformed';
  const { iat, exp, ttlMs, issuer, purposes, jws } = list;
  return {
    ...{ uri, packed, iat, ttlMs, issuer, purposes },
    ...(exp === undefined ? {} : { exp }),
    digest: encodeBase64url(sha256(packed)),
    header: jws.header,
    // The payload is left out: it would keep every list a second time, as text.
    jws: { ...jws, payload: {} },
  };
}

function parseBody(body: Uint8Array): BitstringCredential | string {
  try {
    const list = parseBitstringCredential(parseUtf8(body));
    return list.ok ? list : list.reason.code;
  } catch (error) {
    if (isCodedError(error)) return 'status.malformed';
    throw error;
  }
}

/** Bits that were set and are not any more. A suspension may be lifted; that a revocation was is a contradiction. */
function reversedBits(before: FetchedBitstring, after: FetchedBitstring, found: ReversedEntries): ReversedEntries {
  if (found === 'too many' || !before.purposes.includes('revocation')) return found;
  const reversed = new Set(found);
  for (let at = 0; at < before.packed.length; at += 1) {
    const lost = (before.packed[at] ?? 0) & ~(after.packed[at] ?? 0);
    for (let bit = 0; lost !== 0 && bit < 8; bit += 1) if (((lost >>> (7 - bit)) & 1) === 1) reversed.add(at * 8 + bit);
    if (reversed.size > MAX_REVERSED) return 'too many';
  }
  return reversed;
}
