import { type Refusal, refusal } from '../credential/refusal.ts';
import { parseSignedHeader, type SignedHeader } from '../credential/signed-header.ts';
import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { isStatusBits, type StatusBits } from './packed.ts';

export const STATUS_TOKEN_TYP = 'statuslist+jwt';

/** Of the token as text. */
export const MAX_STATUS_TOKEN_LENGTH = 4 * 1024 * 1024;

/** Of a list once inflated, which is an adapter's step: it stops there, for a bomb ends only where it is cut. */
export const MAX_STATUS_LIST_BYTES = 10 * 1024 * 1024;

/** Why a status list token tells nothing. The status of every credential on it is then unknown. */
export type StatusTokenReason =
  | 'status.too_large'
  | 'status.malformed'
  | 'status.typ'
  | 'status.alg_not_allowed'
  | 'status.wrong_subject'
  | 'status.expired'
  | 'status.future';

/** A Status List Token (its section 5.1) as parsed; not authentic until its signature has been verified. */
export type StatusToken = {
  readonly ok: true;
  readonly jws: Jws;
  readonly header: Omit<SignedHeader, 'ok'>;
  /** `sub`: the address of the list this token is about. */
  readonly uri: string;
  /** Unix seconds, as `exp`. */
  readonly iat: number;
  readonly exp?: number;
  /** Seconds after which a holder of this token asks again. */
  readonly ttl?: number;
  readonly bits: StatusBits;
  /** The list, zlib-compressed (RFC 1950). */
  readonly compressed: Uint8Array;
  readonly aggregationUri?: string;
};

export type ParsedStatusToken = StatusToken | Refusal<StatusTokenReason>;

/** Parses a Status List Token in JWT form. Never throws for what is in the text, verifies nothing, inflates nothing. */
export function parseStatusToken(text: string): ParsedStatusToken {
  if (text.length > MAX_STATUS_TOKEN_LENGTH) {
    return refusal('status.too_large', `A status list token is at most ${MAX_STATUS_TOKEN_LENGTH} characters.`);
  }
  try {
    return readToken(parseJws(text, { maxLength: MAX_STATUS_TOKEN_LENGTH, maxDepth: 8 }));
  } catch (error) {
    if (isCodedError(error)) return refusal('status.malformed', error.message);
    throw error;
  }
}

function readToken(jws: Jws): ParsedStatusToken {
  // Any other JWT of the same issuer would else be a list.
  if (jws.header.typ !== STATUS_TOKEN_TYP) {
    return refusal('status.typ', `The typ of a status list token is ${STATUS_TOKEN_TYP}.`, 'header/typ');
  }
  const signed = parseSignedHeader(jws.header);
  if (!signed.ok) {
    const isAlgorithm = signed.reason.code === 'signature.alg_not_allowed';
    return refusal(isAlgorithm ? 'status.alg_not_allowed' : 'status.malformed', signed.detail, signed.reason.path);
  }
  const { ok: _, ...header } = signed;
  const { sub, iat, exp, ttl, status_list: list } = jws.payload;
  if (typeof sub !== 'string' || sub === '') return malformed('/sub', 'sub is the address of the list.');
  if (!isTime(iat)) return malformed('/iat', 'iat is a time in unix seconds.');
  if (exp !== undefined && !isTime(exp)) return malformed('/exp', 'exp is a time in unix seconds.');
  if (ttl !== undefined && (!isTime(ttl) || ttl === 0))
    return malformed('/ttl', 'ttl is a positive number of seconds.');
  if (!isJsonObject(list)) return malformed('/status_list', 'status_list is an object.');
  const read = readList(list);
  if (!read.ok) return read;
  const times = { iat: Math.floor(iat), ...(exp === undefined ? {} : { exp: Math.floor(exp) }) };
  return { ...read, jws, header, uri: sub, ...times, ...(ttl === undefined ? {} : { ttl }) };
}

type List = Pick<StatusToken, 'ok' | 'bits' | 'compressed' | 'aggregationUri'>;

function readList({ bits, lst, aggregation_uri: aggregationUri }: JsonObject): List | Refusal<StatusTokenReason> {
  if (!isStatusBits(bits)) return malformed('/status_list/bits', 'bits is 1, 2, 4 or 8.');
  if (typeof lst !== 'string' || lst === '') return malformed('/status_list/lst', 'lst is base64url text.');
  if (aggregationUri !== undefined && typeof aggregationUri !== 'string') {
    return malformed('/status_list/aggregation_uri', 'aggregation_uri is text.');
  }
  const aggregation = aggregationUri === undefined ? {} : { aggregationUri };
  return { ok: true, bits, compressed: parseBase64url(lst), ...aggregation };
}

function malformed(path: string, detail: string): Refusal<StatusTokenReason> {
  return refusal('status.malformed', detail, path);
}

/** A whole or fractional NumericDate up to the year 9999. */
function isTime(value: Json | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 253_402_300_799;
}

export type StatusTokenRequest = {
  /** The address the credential names. */
  readonly uri: string;
  /** Unix seconds. */
  readonly now: number;
  /** Seconds the issuer's clock may be ahead. Never added to an expiry. */
  readonly skewS: number;
};

/**
 * Whether a token with a good signature may be used for this list now (Token Status List section 8.3): every reason
 * against, none when it may. How old it may be is for the freshness rules, by its `iat`.
 */
export function judgeStatusToken(token: StatusToken, request: StatusTokenRequest): readonly StatusTokenReason[] {
  const reasons: StatusTokenReason[] = [];
  // A token of another list, signed by the same key, says nothing about this credential's index.
  if (token.uri !== request.uri) reasons.push('status.wrong_subject');
  if (token.exp !== undefined && token.exp <= request.now) reasons.push('status.expired');
  if (token.iat > request.now + request.skewS) reasons.push('status.future');
  return reasons;
}

export type StatusTokenContent = {
  readonly uri: string;
  /** Unix seconds, as `exp`; `ttl` in seconds. */
  readonly iat: number;
  readonly exp: number;
  readonly ttl: number;
  readonly bits: StatusBits;
  /** The packed list, zlib-compressed by the caller. */
  readonly compressed: Uint8Array;
  readonly aggregationUri?: string;
};

/** The payload of a Status List Token. Throws `status.token-times` when it would be void before anyone asks again. */
export function createStatusTokenPayload(content: StatusTokenContent): JsonObject {
  const { uri, iat, exp, ttl, bits, compressed, aggregationUri } = content;
  if (![iat, exp, ttl].every(Number.isSafeInteger) || ttl < 1 || exp < iat + ttl) {
    throw new CodedError('status.token-times', 'A status list token lives at least as long as its ttl.', {
      iat,
      exp,
      ttl,
    });
  }
  const aggregation = aggregationUri === undefined ? {} : { aggregation_uri: aggregationUri };
  return { sub: uri, iat, exp, ttl, status_list: { bits, lst: encodeBase64url(compressed), ...aggregation } };
}
