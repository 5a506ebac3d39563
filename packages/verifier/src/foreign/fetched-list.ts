import {
  encodeBase64url,
  isCodedError,
  type JsonObject,
  type Jws,
  judgeStatusToken,
  MAX_STATUS_LIST_BYTES,
  parseStatusToken,
  parseUtf8,
  type StatusToken,
  type StatusTokenReason,
  sha256,
} from '@holdfast/core';
import { inflateBounded } from './inflate.ts';

/** 8 MiB of one-bit entries; more indices than any list that a credential of a person should be on. */
const MAX_LIST_ENTRIES = 2 ** 26;

/** Tokens from further in the future than any honest clock: believed, they would make every later one a rollback. */
const MAX_SKEW_S = 60;

/** A status list with its token's claims; whose signature it carries is not yet known. Times in unix seconds. */
export type FetchedList = {
  readonly uri: string;
  readonly bits: 1 | 2 | 4 | 8;
  /** Packed, uncompressed bytes, least significant bits first. */
  readonly packed: Uint8Array;
  /** Number of entries. */
  readonly size: number;
  readonly iat: number;
  readonly exp?: number;
  readonly ttl?: number;
  readonly aggregationUri?: string;
  /** base64url SHA-256 of the packed bytes. */
  readonly digest: string;
  /** Who says they signed it: `kid`, `x5c`, `alg`. */
  readonly header: JsonObject;
  /** What their signature covers. The payload is left out: it would keep every list a second time, as text. */
  readonly jws: Jws;
};

/**
 * Parses the status list token fetched from `uri` and inflates its list within bounds (Token Status List section 8.3,
 * steps 3 to 5). Expiry is not judged here: that a credential was revoked stays true when the token that says so has run
 * out. `now` in unix milliseconds.
 */
export async function parseFetchedList(
  body: Uint8Array,
  uri: string,
  now: number,
): Promise<FetchedList | StatusTokenReason> {
  const token = parseBody(body);
  if (typeof token === 'string') return token;
  const reasons = judgeStatusToken(token, { uri, now: now / 1000, skewS: MAX_SKEW_S });
  const [against] = reasons.filter((reason) => reason !== 'status.expired');
  if (against !== undefined) return against;
  const { bits, iat, exp, ttl, aggregationUri, jws } = token;
  const maxBytes = Math.min(MAX_STATUS_LIST_BYTES, (MAX_LIST_ENTRIES * bits) / 8);
  const packed = await inflateBounded(token.compressed, maxBytes);
  if (packed === 'too-large') return 'status.too_large';
  if (packed === 'malformed') return 'status.malformed';
  return {
    ...{ uri, bits, packed, size: (packed.length * 8) / bits, iat },
    ...(exp === undefined ? {} : { exp }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(aggregationUri === undefined ? {} : { aggregationUri }),
    digest: encodeBase64url(sha256(packed)),
    header: jws.header,
    jws: { ...jws, payload: {} },
  };
}

function parseBody(body: Uint8Array): StatusToken | StatusTokenReason {
  try {
    const token = parseStatusToken(parseUtf8(body));
    return token.ok ? token : token.reason.code;
  } catch (error) {
    if (isCodedError(error)) return 'status.malformed';
    throw error;
  }
}
