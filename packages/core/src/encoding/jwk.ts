import { CodedError } from '../errors.ts';
import { sha256Base64url } from './bytes.ts';
import { canonicalJson, isJsonObject } from './json.ts';

/** A public key as RFC 7517 writes it, with the members its thumbprint covers and no others. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };

export type Algorithm = 'ES256' | 'EdDSA';

/** The one algorithm a key is for: chosen by the key, never by a header an attacker writes. */
export function algorithmOf(key: PublicJwk): Algorithm {
  return key.kty === 'EC' ? 'ES256' : 'EdDSA';
}

/**
 * Takes the public members of a JWK from outside. Throws `jwk.unsupported` for another kind of key (named in
 * `details`), `jwk.private` when a private member is present, `jwk.malformed` for coordinates of another size.
 */
export function parsePublicJwk(value: unknown): PublicJwk {
  if (!isJsonObject(value)) throw new CodedError('jwk.malformed', 'A JWK is a JSON object.');
  if ('d' in value || 'k' in value || 'p' in value) {
    throw new CodedError('jwk.private', 'This JWK carries a private key; send only its public part.');
  }
  if (value.kty === 'EC' && value.crv === 'P-256') {
    return { kty: 'EC', crv: 'P-256', x: coordinate(value.x), y: coordinate(value.y) };
  }
  if (value.kty === 'OKP' && value.crv === 'Ed25519') return { kty: 'OKP', crv: 'Ed25519', x: coordinate(value.x) };
  throw new CodedError('jwk.unsupported', 'Only P-256 and Ed25519 keys are supported.', {
    kty: value.kty,
    crv: value.crv,
  });
}

/** 32 bytes as canonical base64url: the last of 43 characters carries only four bits. */
const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

function coordinate(value: unknown): string {
  if (typeof value === 'string' && COORDINATE.test(value)) return value;
  throw new CodedError('jwk.malformed', 'A coordinate of this JWK is not 32 bytes of base64url.');
}

const THUMBPRINTS = new WeakMap<PublicJwk, string>();

/**
 * RFC 7638 thumbprint with SHA-256, base64url: how a key is named in `kid`. Only the members the standard lists count,
 * whatever else the object carries: otherwise one key would have many names. Remembered for each object, as keys are
 * never changed and the same few are named in every verdict.
 */
export function thumbprint(key: PublicJwk): string {
  const known = THUMBPRINTS.get(key);
  if (known !== undefined) return known;
  const { kty, crv, x } = key;
  const members = key.kty === 'EC' ? { kty, crv, x, y: key.y } : { kty, crv, x };
  const name = sha256Base64url(canonicalJson(members));
  THUMBPRINTS.set(key, name);
  return name;
}
