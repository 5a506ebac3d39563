import { sha256Base64url } from '../encoding/bytes.ts';
import type { JsonBounds, JsonObject } from '../encoding/json.ts';
import { algorithmOf, type PublicJwk } from '../encoding/jwk.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { isCodedError } from '../errors.ts';
import { applyDisclosures, type Disclosure } from './disclosures.ts';
import { type Refusal, Refused, refusal, refuseAt } from './refusal.ts';
import { type RegisteredClaims, readRegisteredClaims, readText, readTime } from './registered-claims.ts';
import { parseSignedHeader, type SignedHeader } from './signed-header.ts';
import { nameOfClaims, nameOfFormat } from './unsupported-format.ts';
import { isDataModel2, readW3cClaims, withoutPrototypes } from './w3c-credential.ts';

/** What one presentation may cost. Beyond: `format.too_long`, `format.too_deep`, `disclosure.too_many`. */
export type CredentialBounds = {
  /** Of the whole text, in characters. */
  readonly maxLength: number;
  /** Of JSON nested in JSON, and of the claims after disclosure. */
  readonly maxDepth: number;
  readonly maxDisclosures: number;
};

export const DEFAULT_CREDENTIAL_BOUNDS: CredentialBounds = { maxLength: 65_536, maxDepth: 16, maxDisclosures: 256 };

export type CredentialHeader = Omit<SignedHeader, 'ok'> & { readonly typ: 'dc+sd-jwt' | 'vc+sd-jwt' | 'vc+jwt' };

/** The holder's proof of possession (RFC 9901 section 4.3), read but not judged: see `judgeKeyBinding`. */
export type KeyBinding = {
  readonly jws: Jws;
  /** The key of `cnf`: the only one this binding can be checked under. */
  readonly key: PublicJwk;
  readonly sdHash: string;
  readonly nonce: string;
  readonly audience: string;
  /** Unix seconds. */
  readonly iat: number;
  readonly nbf?: number;
  readonly exp?: number;
};

/** An SD-JWT VC as presented, or a W3C credential as a JWT. Nothing in it is authentic until the checks of `credentialChecks` have passed. */
export type Credential = RegisteredClaims & {
  readonly ok: true;
  readonly format: 'dc+sd-jwt' | 'vc+jwt';
  /** Signed with the former typ `vc+sd-jwt`. */
  readonly legacyTyp: boolean;
  readonly header: CredentialHeader;
  /** As signed, an SD-JWT with its digests. */
  readonly payload: JsonObject;
  /** The processed payload: disclosed, without digests. Its objects have no prototype. */
  readonly claims: JsonObject;
  readonly disclosures: readonly Disclosure[];
  readonly issuerJwt: Jws;
  readonly keyBinding?: KeyBinding;
  /** base64url of the SHA-256 of the whole text. */
  readonly presentedDigest: string;
  /** The text up to and including its last `~`: what the holder's `sd_hash` covers. */
  readonly issuerSigned: string;
};

export type ParsedCredential = Credential | (Refusal & { readonly presentedDigest: string });

/**
 * Parses an SD-JWT VC, with or without key binding: `issuer-jwt~disclosure~...~[kb-jwt]` (RFC 9901 section 4, SD-JWT VC
 * section 3); or a W3C credential of data model 2.0 secured as `vc+jwt` (VC-JOSE-COSE section 3.1). Strict: what RFC 9901 says must be rejected is refused, with the reason. Never throws for what is in
 * the text, and verifies no signature.
 */
export function parseCredential(text: string, bounds: CredentialBounds = DEFAULT_CREDENTIAL_BOUNDS): ParsedCredential {
  const presentedDigest = sha256Base64url(text);
  try {
    return readCredential(text, presentedDigest, bounds);
  } catch (error) {
    if (error instanceof Refused) return { ...refusal(error.code, error.message, error.path), presentedDigest };
    throw error;
  }
}

function readCredential(text: string, presentedDigest: string, bounds: CredentialBounds): Credential {
  if (text.length > bounds.maxLength) {
    throw new Refused('format.too_long', `A presentation here is at most ${bounds.maxLength} characters.`);
  }
  const jsonBounds: JsonBounds = { maxLength: bounds.maxLength, maxDepth: bounds.maxDepth };
  const parts = text.split('~', bounds.maxDisclosures + 3);
  if (parts.length < 2) return readVcJwt(text, presentedDigest, jsonBounds);
  if (parts.length > bounds.maxDisclosures + 2) {
    throw new Refused('disclosure.too_many', `More than ${bounds.maxDisclosures} disclosures are presented.`);
  }
  const issuerJwt = refuseAt('issuerJwt', () => parseJws(parts[0] ?? '', jsonBounds));
  const header = readHeader(issuerJwt);
  const { claims, disclosures } = applyDisclosures(issuerJwt.payload, parts.slice(1, -1), jsonBounds);
  const registered = readRegisteredClaims(claims);
  const holderJwt = parts[parts.length - 1] ?? '';
  return {
    ok: true,
    format: 'dc+sd-jwt',
    legacyTyp: header.typ === 'vc+sd-jwt',
    header,
    payload: issuerJwt.payload,
    claims,
    ...registered,
    disclosures,
    issuerJwt,
    ...(holderJwt === '' ? {} : { keyBinding: readKeyBinding(holderJwt, registered.cnf, jsonBounds) }),
    presentedDigest,
    issuerSigned: text.slice(0, text.length - holderJwt.length),
  };
}

/** A JWT without a tilde is a W3C credential when it says so, else of a format that is named or of none. */
function readVcJwt(text: string, presentedDigest: string, bounds: JsonBounds): Credential {
  const jws = tryParse(text, bounds);
  if (jws?.header.typ !== 'vc+jwt' || !isDataModel2(jws.payload)) throw notAnSdJwt(text, bounds);
  const signed = parseSignedHeader(jws.header);
  if (!signed.ok) throw new Refused(signed.reason.code, signed.detail, signed.reason.path);
  assertSignatureLength(jws.signature, 'issuerJwt');
  const { ok: _, ...header } = signed;
  return {
    ok: true,
    format: 'vc+jwt',
    legacyTyp: false,
    header: { ...header, typ: 'vc+jwt' },
    payload: jws.payload,
    claims: withoutPrototypes(jws.payload),
    ...readW3cClaims(jws.payload),
    disclosures: [],
    issuerJwt: jws,
    presentedDigest,
    issuerSigned: text,
  };
}

function tryParse(text: string, bounds: JsonBounds): Jws | undefined {
  try {
    return parseJws(text, bounds);
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

function notAnSdJwt(text: string, bounds: JsonBounds): Refused {
  const name = nameOfFormat(text, bounds);
  if (name !== undefined) return new Refused('format.unsupported', `This is not supported here: ${name}.`);
  return new Refused('format.malformed', 'An SD-JWT has a ~ after the issuer-signed JWT and after each disclosure.');
}

function readHeader({ header, payload, signature }: Jws): CredentialHeader {
  const { typ } = header;
  if (typ !== 'dc+sd-jwt' && (typ !== 'vc+sd-jwt' || payload.vct === undefined)) {
    const name = nameOfClaims(typ, payload);
    if (name !== undefined)
      throw new Refused('format.unsupported', `This is not supported here: ${name}.`, 'header/typ');
    throw new Refused('format.unsupported_typ', 'The typ of an SD-JWT VC is dc+sd-jwt.', 'header/typ');
  }
  const signed = parseSignedHeader(header);
  if (!signed.ok) throw new Refused(signed.reason.code, signed.detail, signed.reason.path);
  assertSignatureLength(signature, 'issuerJwt');
  const { ok: _, ...rest } = signed;
  return { ...rest, typ };
}

function assertSignatureLength(signature: Uint8Array, path: string): void {
  if (signature.length !== 64) throw new Refused('signature.malformed', 'A signature here is 64 bytes.', path);
}

function readKeyBinding(text: string, key: PublicJwk | undefined, bounds: JsonBounds): KeyBinding {
  const path = 'keyBinding';
  const malformed = 'format.key_binding_malformed';
  if (key === undefined) {
    throw new Refused('format.key_binding_unexpected', 'The issuer bound this credential to no key.', path);
  }
  const jws = refuseAt(path, () => parseJws(text, bounds), malformed);
  if (jws.header.alg !== algorithmOf(key)) {
    throw new Refused('signature.alg_not_allowed', `The holder's key signs ${algorithmOf(key)}.`, `${path}/header/alg`);
  }
  assertSignatureLength(jws.signature, path);
  const { payload } = jws;
  const readMember = (name: string) => readText(payload[name] ?? null, `${path}/${name}`, malformed);
  const readMoment = (name: string) => readTime(payload[name] ?? null, `${path}/${name}`, malformed);
  return {
    jws,
    key,
    sdHash: readMember('sd_hash'),
    nonce: readMember('nonce'),
    audience: readMember('aud'),
    iat: Math.floor(readMoment('iat')),
    ...(payload.nbf === undefined ? {} : { nbf: Math.ceil(readMoment('nbf')) }),
    ...(payload.exp === undefined ? {} : { exp: Math.floor(readMoment('exp')) }),
  };
}
