import {
  encodeBase64url,
  isCodedError,
  judgeStatusToken,
  MAX_STATUS_LIST_BYTES,
  parseStatusToken,
  parseUtf8,
  type StatusToken,
  type StatusTokenReason,
  sha256,
} from '@holdfast/core';
import { inflateBounded } from './inflate.ts';
import type { ForeignList } from './list-source.ts';

/** 8 MiB of one-bit entries; more indices than any list that a credential of a person should be on. */
const MAX_LIST_ENTRIES = 2 ** 26;

/** Tokens from further in the future than any honest clock: believed, they would make every later one a rollback. */
const MAX_SKEW_S = 60;

/** A status list with its token's claims; whose signature it carries is not yet known. Times in unix seconds. */
export type FetchedList = ForeignList & {
  readonly bits: 1 | 2 | 4 | 8;
  /** Number of entries. Their bytes are packed with the least significant bits first. */
  readonly size: number;
  readonly aggregationUri?: string;
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
    ...(ttl === undefined ? {} : { ttlMs: ttl * 1000 }),
    ...(aggregationUri === undefined ? {} : { aggregationUri }),
    digest: encodeBase64url(sha256(packed)),
    header: jws.header,
    // The payload is left out: it would keep every list a second time, as text.
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
