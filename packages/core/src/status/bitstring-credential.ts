import { type Refusal, Refused, refusal } from '../credential/refusal.ts';
import { parseSignedHeader, type SignedHeader } from '../credential/signed-header.ts';
import { isDataModel2, readW3cClaims } from '../credential/w3c-credential.ts';
import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeBase64url, parseBase64url } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { MAX_STATUS_TOKEN_LENGTH, type StatusTokenReason } from './status-token.ts';

export const BITSTRING_TYP = 'vc+jwt';
const LIST_TYPE = 'BitstringStatusListCredential';
/** Bitstring Status List section 2.2: what an absent ttl means, milliseconds. */
const DEFAULT_TTL_MS = 300_000;
const MAX_PURPOSES = 8;

/** A BitstringStatusListCredential secured as `vc+jwt`, as parsed; not authentic until its signature has been verified. */
export type BitstringCredential = {
  readonly ok: true;
  readonly jws: Jws;
  readonly header: Omit<SignedHeader, 'ok'>;
  /** `id`: the address of the list. */
  readonly uri: string;
  readonly issuer: string;
  readonly purposes: readonly string[];
  /** When it was signed: `iat`, or `validFrom` where that is all it says. Unix seconds, as `exp`. */
  readonly iat: number;
  readonly exp?: number;
  /** **Milliseconds**, where a Token Status List has seconds. */
  readonly ttlMs: number;
  /** The list, gzip-compressed (RFC 1952). */
  readonly compressed: Uint8Array;
};

export type ParsedBitstringCredential = BitstringCredential | Refusal<StatusTokenReason>;

/** Parses a list credential. Never throws for what is in the text, verifies nothing, inflates nothing. */
export function parseBitstringCredential(text: string): ParsedBitstringCredential {
  if (text.length > MAX_STATUS_TOKEN_LENGTH) {
    return refusal('status.too_large', `A status list is at most ${MAX_STATUS_TOKEN_LENGTH} characters.`);
  }
  try {
    return readCredential(parseJws(text, { maxLength: MAX_STATUS_TOKEN_LENGTH, maxDepth: 8 }));
  } catch (error) {
    if (error instanceof Refused || isCodedError(error)) return refusal('status.malformed', error.message);
    throw error;
  }
}

function readCredential(jws: Jws): ParsedBitstringCredential {
  const { header, payload } = jws;
  const types = Array.isArray(payload.type) ? (payload.type as readonly Json[]) : [payload.type];
  // Any other credential of the same issuer would else be a list.
  if (header.typ !== BITSTRING_TYP || !isDataModel2(payload) || !types.includes(LIST_TYPE)) {
    return refusal('status.typ', `A ${LIST_TYPE} of data model 2.0 is a JWT of typ ${BITSTRING_TYP}.`, 'header/typ');
  }
  const signed = parseSignedHeader(header);
  if (!signed.ok) {
    const isAlgorithm = signed.reason.code === 'signature.alg_not_allowed';
    return refusal(isAlgorithm ? 'status.alg_not_allowed' : 'status.malformed', signed.detail, signed.reason.path);
  }
  const { ok: _, ...own } = signed;
  const { issuer = '', iat, nbf, exp } = readW3cClaims(payload);
  const { id, credentialSubject: subject } = payload;
  if (typeof id !== 'string' || id === '') return malformed('/id', 'id is the address of the list.');
  // A list that does not say when it was made could be of any age, and an old one hides what was revoked since.
  const signedAt = iat ?? nbf;
  if (signedAt === undefined) return malformed('/validFrom', 'A list says when it was made: iat, or validFrom.');
  if (!isJsonObject(subject)) return malformed('/credentialSubject', 'credentialSubject is one list.');
  const list = readList(subject);
  if (!list.ok) return list;
  return { ...list, jws, header: own, uri: id, issuer, iat: signedAt, ...(exp === undefined ? {} : { exp }) };
}

type List = Pick<BitstringCredential, 'ok' | 'purposes' | 'ttlMs' | 'compressed'>;

function readList(subject: JsonObject): List | Refusal<StatusTokenReason> {
  const { type, statusPurpose: purpose, encodedList, ttl = DEFAULT_TTL_MS } = subject;
  if (type !== 'BitstringStatusList') return malformed('/credentialSubject/type', 'type is BitstringStatusList.');
  const purposes = (Array.isArray(purpose) ? purpose : [purpose]) as readonly Json[];
  if (purposes.length === 0 || purposes.length > MAX_PURPOSES || !purposes.every((word) => typeof word === 'string')) {
    return malformed('/credentialSubject/statusPurpose', 'statusPurpose is a word, or an array of some.');
  }
  if (typeof encodedList !== 'string' || !encodedList.startsWith('u')) {
    return malformed('/credentialSubject/encodedList', 'encodedList is multibase text, base64url without padding.');
  }
  if (typeof ttl !== 'number' || ttl <= 0 || ttl > Number.MAX_SAFE_INTEGER) {
    return malformed('/credentialSubject/ttl', 'ttl is a positive number of milliseconds.');
  }
  return {
    ok: true,
    purposes: purposes as readonly string[],
    ttlMs: ttl,
    compressed: parseBase64url(encodedList.slice(1)),
  };
}

function malformed(path: string, detail: string): Refusal<StatusTokenReason> {
  return refusal('status.malformed', detail, path);
}

export type BitstringContent = {
  readonly uri: string;
  readonly issuer: string;
  readonly purpose: 'revocation' | 'suspension';
  /** Unix seconds, as `exp`; `ttl` in milliseconds. */
  readonly iat: number;
  readonly exp: number;
  readonly ttlMs: number;
  /** What `packBitstring` gives, gzip-compressed by the caller. */
  readonly compressed: Uint8Array;
};

/** The payload of a list credential. Throws `status.token-times` when it would be void before anyone asks again. */
export function createBitstringPayload(content: BitstringContent): JsonObject {
  const { uri, issuer, purpose, iat, exp, ttlMs, compressed } = content;
  if (![iat, exp, ttlMs].every(Number.isSafeInteger) || ttlMs < 1 || exp < iat + ttlMs / 1000) {
    throw new CodedError('status.token-times', 'A status list token lives at least as long as its ttl.', {
      iat,
      exp,
      ttl: ttlMs / 1000,
    });
  }
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: uri,
    type: ['VerifiableCredential', LIST_TYPE],
    issuer,
    iat,
    exp,
    credentialSubject: {
      id: `${uri}#list`,
      type: 'BitstringStatusList',
      statusPurpose: purpose,
      encodedList: `u${encodeBase64url(compressed)}`,
      ttl: ttlMs,
    },
  };
}
