import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { type PublicJwk, parsePublicJwk } from '../encoding/jwk.ts';
import { Refused, refuseAt } from './refusal.ts';

/** Where a credential's status stands: an index into a Token Status List (its section 6.2). */
export type StatusReference = { readonly uri: string; readonly index: number };

/** How far this network's log reached when the credential's status list was opened. Our own claim `network`. */
export type NetworkReference = { readonly log: string; readonly size: number };

/** Where a W3C credential's status stands: an entry of a Bitstring Status List (its section 2.1). */
export type BitstringReference = {
  readonly uri: string;
  readonly index: number;
  /** `revocation`, `suspension`, `refresh`, `message`, or a word of the issuer's. */
  readonly purpose: string;
  /** Bits of one entry: 1, unless the purpose is `message`. */
  readonly size: number;
};

/** The claims a verifier decides by, typed. Times are NumericDate: whole unix seconds. */
export type RegisteredClaims = {
  readonly vct: string;
  readonly issuer?: string;
  /** The holder's key, from `cnf.jwk`. */
  readonly cnf?: PublicJwk;
  readonly status?: StatusReference;
  /** A W3C credential's entries of `credentialStatus`: all of them count. */
  readonly bitstrings?: readonly BitstringReference[];
  /** Status mechanisms named beside or instead of those above. Without `status`, the status is unknown, not good. */
  readonly otherStatus?: readonly string[];
  readonly network?: NetworkReference;
  readonly iat?: number;
  readonly nbf?: number;
  readonly exp?: number;
};

/** Latest NumericDate taken from outside: the year 9999. Past it, arithmetic in milliseconds is no longer exact. */
const MAX_NUMERIC_DATE = 253_402_300_799;
const MAX_TEXT_LENGTH = 2048;

/** Reads the registered claims of an SD-JWT VC. Throws `Refused` for one of another shape. */
export function readRegisteredClaims(claims: JsonObject): RegisteredClaims {
  const issuer = optional(claims, 'iss', readText);
  const cnf = optional(claims, 'cnf', readCnf);
  const status = optional(claims, 'status', readStatusClaim);
  const network = readNetwork(claims.network);
  const iat = optional(claims, 'iat', readTime);
  const nbf = optional(claims, 'nbf', readTime);
  const exp = optional(claims, 'exp', readTime);
  return {
    vct: readText(claims.vct ?? null, '/vct'),
    ...(issuer === undefined ? {} : { issuer }),
    ...(cnf === undefined ? {} : { cnf }),
    ...(status ?? {}),
    ...(network === undefined ? {} : { network }),
    // A fraction of a second is rounded towards refusal: not valid a moment later, expired a moment sooner.
    ...(iat === undefined ? {} : { iat: Math.floor(iat) }),
    ...(nbf === undefined ? {} : { nbf: Math.ceil(nbf) }),
    ...(exp === undefined ? {} : { exp: Math.floor(exp) }),
  };
}

function optional<T>(claims: JsonObject, name: string, read: (value: Json, path: string) => T): T | undefined {
  const value = claims[name];
  return value === undefined ? undefined : read(value, `/${name}`);
}

type Malformed = 'format.claim_malformed' | 'format.key_binding_malformed';

export function readText(value: Json, path: string, code: Malformed = 'format.claim_malformed'): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_LENGTH) return value;
  throw new Refused(code, `${path} is a string of 1 to ${MAX_TEXT_LENGTH} characters.`, path);
}

export function readTime(value: Json, path: string, code: Malformed = 'format.claim_malformed'): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_NUMERIC_DATE) return value;
  throw new Refused(code, `${path} is a time in unix seconds.`, path);
}

function readCnf(value: Json, path: string): PublicJwk {
  if (!isJsonObject(value)) throw new Refused('format.claim_malformed', 'cnf is an object (RFC 7800).', path);
  if (value.jwk === undefined) {
    throw new Refused('format.unsupported_key', 'Only cnf.jwk names a holder key here (RFC 7800 section 3.2).', path);
  }
  return refuseAt(`${path}/jwk`, () => parsePublicJwk(value.jwk));
}

function readStatusClaim(value: Json, path: string): Pick<RegisteredClaims, 'status' | 'otherStatus'> {
  const mechanisms = isJsonObject(value) ? Object.keys(value) : [];
  if (!isJsonObject(value) || mechanisms.length === 0) {
    throw new Refused('format.claim_malformed', 'status is an object that names at least one mechanism.', path);
  }
  const list = value.status_list;
  if (list === undefined) return { otherStatus: mechanisms };
  const status = readStatusList(list, `${path}/status_list`);
  if (mechanisms.length === 1) return { status };
  return { status, otherStatus: mechanisms.filter((name) => name !== 'status_list') };
}

function readStatusList(list: Json, path: string): StatusReference {
  if (!isJsonObject(list)) throw new Refused('format.claim_malformed', 'status_list is an object.', path);
  const index = list.idx;
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw new Refused('format.claim_malformed', 'idx is a whole number from 0.', `${path}/idx`);
  }
  return { uri: readText(list.uri ?? null, `${path}/uri`), index };
}

/** `network` is a word others may use for something else, so another shape of it is an ordinary claim. */
function readNetwork(value: Json | undefined): NetworkReference | undefined {
  if (!isJsonObject(value)) return undefined;
  const { log, size } = value;
  if (typeof log !== 'string' || log.length === 0 || log.length > 255) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) return undefined;
  return { log, size };
}
