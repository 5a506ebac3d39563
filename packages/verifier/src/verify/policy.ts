import {
  canonicalJson,
  encodeBase64url,
  encodeUtf8,
  type IssuerTerms,
  isJsonObject,
  issuerTermsSchema,
  type Json,
  type JsonObject,
  type PublicJwk,
  parseBase64,
  parsePublicJwk,
  parseTlogPolicy,
  sha256,
  thumbprint,
} from '@holdfast/core';
import { type AcceptFrom, type CheckConfig, parseAcceptFrom, parseChecks } from '../checks/check-policy.ts';
import { assertMembers, listOf, malformed } from './policy-members.ts';

/** An issuer outside every network of ours that this verifier trusts by name. */
export type TrustedIssuer = {
  /** `iss` of its credentials, or its DID. */
  readonly issuer: string;
  /**
   * RFC 7638 thumbprint of the one key that is trusted. Without it whatever key the issuer itself publishes is: by
   * did:jwk, did:key, did:web or its metadata, never by certificates, which only an anchor vouches for.
   */
  readonly key?: string;
  /** That key itself, where the policy gave it and did not only name it: it need not be fetched then. */
  readonly jwk?: PublicJwk;
  /** The types it is trusted for; absent: any. */
  readonly types?: readonly string[];
};

/** What one verifier asks and trusts beyond its network's rulebook. Everything in it is part of each verdict's basis. */
export type Policy = {
  readonly id: string;
  /** Certificate authorities of strangers: base64 of the DER certificate, or base64url SHA-256 of one (a pin). */
  readonly anchors: readonly string[];
  readonly trustedIssuers: readonly TrustedIssuer[];
  /** For development: credentials and checks may name http addresses on this machine. */
  readonly allowLoopback: boolean;
  /** What others are asked about a credential before it is relied on; absent when nobody is. */
  readonly checks?: readonly CheckConfig[];
  /** Whose check results are taken instead of asking again; absent when nobody's are. */
  readonly acceptFrom?: readonly AcceptFrom[];
  /**
   * Whose cosignatures count, and how many of them (a C2SP tlog-policy file, verbatim): instead of the witnesses that the
   * network's rulebook names. Absent: those.
   */
  readonly witnesses?: string;
  /** Id of the profile of the rulebook that this verifier's jurisdiction has; without it each type has its own. */
  readonly profile?: string;
  /** What is asked of issuers that a network lists, beside their accreditation; absent: nothing. */
  readonly issuers?: IssuerTerms;
};

export const EMPTY_POLICY: Policy = { id: 'default', anchors: [], trustedIssuers: [], allowLoopback: false };

const MAX_ANCHORS = 64;
const MAX_ISSUERS = 1024;
const MAX_ANCHOR_LENGTH = 12_288;
const FINGERPRINT = /^[A-Za-z0-9_-]{43}$/;

/**
 * Takes a policy from outside: `{id, anchors?, trustedIssuers?: [{issuer, key?, types?}], allowLoopback?, checks?,
 * acceptFrom?, witnesses?, profile?, issuers?}` (`checks` and `acceptFrom`: see `parseChecks` and `parseAcceptFrom`), where `key`
 * is a thumbprint, or a JWK and then need not be fetched. Throws `policy.malformed` naming the member, or `policy.witnesses`; one it does not know is refused too, because
 * a misspelt restriction would otherwise be none.
 */
export function parsePolicy(value: unknown): Policy {
  if (!isJsonObject(value)) throw malformed('policy', 'A policy is a JSON object.');
  assertMembers(
    value,
    [
      ...['id', 'anchors', 'trustedIssuers', 'allowLoopback', 'checks', 'acceptFrom', 'witnesses', 'profile'],
      'issuers',
    ],
    'policy',
  );
  const { id, allowLoopback = false, profile } = value;
  if (typeof id !== 'string' || id === '' || id.length > 200) {
    throw malformed('id', 'The id of a policy is a string of 1 to 200 characters.');
  }
  if (profile !== undefined && (typeof profile !== 'string' || profile === '' || profile.length > 200)) {
    throw malformed('profile', 'A profile of the rulebook is named by a string of 1 to 200 characters.');
  }
  if (typeof allowLoopback !== 'boolean') throw malformed('allowLoopback', 'allowLoopback is true or false.');
  const anchors = listOf(value.anchors, 'anchors', MAX_ANCHORS).map(parseAnchor);
  const trustedIssuers = listOf(value.trustedIssuers, 'trustedIssuers', MAX_ISSUERS).map(parseTrustedIssuer);
  const checks = parseChecks(value.checks);
  const acceptFrom = parseAcceptFrom(value.acceptFrom);
  return {
    ...{ id, anchors, trustedIssuers, allowLoopback },
    ...(checks.length === 0 ? {} : { checks }),
    ...(acceptFrom.length === 0 ? {} : { acceptFrom }),
    ...(value.witnesses === undefined ? {} : { witnesses: parseWitnesses(value.witnesses) }),
    ...(typeof profile === 'string' ? { profile } : {}),
    ...(value.issuers === undefined ? {} : { issuers: parseIssuerTerms(value.issuers) }),
  };
}

function parseIssuerTerms(value: Json): IssuerTerms {
  const parsed = issuerTermsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw malformed('issuers', `issuers: ${parsed.error.issues[0]?.message ?? 'not what is asked of issuers'}.`);
}

function parseWitnesses(value: Json): string {
  if (typeof value !== 'string') throw malformed('witnesses', 'witnesses is the text of a tlog-policy file.');
  parseTlogPolicy(value);
  return value;
}

/** The policy as `parsePolicy` takes it: what was given as a JWK is given back as one, so that its digest is the same. */
export function encodePolicy(policy: Policy): JsonObject {
  const { id, anchors, trustedIssuers, allowLoopback, checks, acceptFrom, witnesses, profile, issuers: asked } = policy;
  const issuers = trustedIssuers.map(({ issuer, key, jwk, types }) => ({
    issuer,
    ...(jwk === undefined ? {} : { key: { ...jwk } }),
    ...(jwk === undefined && key !== undefined ? { key } : {}),
    ...(types === undefined ? {} : { types }),
  }));
  const rest = {
    ...(checks === undefined ? {} : { checks }),
    ...(acceptFrom === undefined ? {} : { acceptFrom }),
    ...(witnesses === undefined ? {} : { witnesses }),
    ...(profile === undefined ? {} : { profile }),
    ...(asked === undefined ? {} : { issuers: asked }),
  };
  return { id, anchors, trustedIssuers: issuers, allowLoopback, ...(rest as JsonObject) };
}

function parseAnchor(value: Json): string {
  if (typeof value !== 'string' || value.length > MAX_ANCHOR_LENGTH) {
    throw malformed('anchors', 'An anchor is a certificate in base64, or its fingerprint.');
  }
  if (!FINGERPRINT.test(value)) assertBase64(value);
  return value;
}

function assertBase64(text: string): void {
  try {
    if (parseBase64(text).length > 0) return;
  } catch (cause) {
    throw malformed('anchors', 'An anchor is a certificate in base64, or its fingerprint.', cause);
  }
  throw malformed('anchors', 'An anchor is a certificate in base64, or its fingerprint.');
}

function parseTrustedIssuer(value: Json): TrustedIssuer {
  if (!isJsonObject(value)) throw malformed('trustedIssuers', 'A trusted issuer is a JSON object.');
  assertMembers(value, ['issuer', 'key', 'types'], 'trustedIssuers');
  const { issuer, key } = value;
  if (typeof issuer !== 'string' || issuer === '' || issuer.length > 2048) {
    throw malformed('trustedIssuers.issuer', 'An issuer is named by its URL or DID.');
  }
  const types = value.types === undefined ? undefined : listOf(value.types, 'trustedIssuers.types', 64).map(parseType);
  return {
    issuer,
    ...(key === undefined ? {} : parseKey(key)),
    ...(types === undefined ? {} : { types }),
  };
}

function parseType(value: Json): string {
  if (typeof value === 'string' && value !== '' && value.length <= 2048) return value;
  throw malformed('trustedIssuers.types', 'A type is named by a string.');
}

function parseKey(value: Json): Pick<TrustedIssuer, 'key' | 'jwk'> {
  if (typeof value === 'string' && FINGERPRINT.test(value)) return { key: value };
  try {
    const jwk = parsePublicJwk(value);
    return { key: thumbprint(jwk), jwk };
  } catch (cause) {
    throw malformed('trustedIssuers.key', 'A key is an RFC 7638 thumbprint or a public JWK.', cause);
  }
}

/** base64url SHA-256 over the canonical policy: part of the basis of every verdict under it. */
export function policyDigest(policy: Policy): string {
  return digestOf({ ...policy, anchors: fingerprintsOf(policy), trustedIssuers: sortedIssuers(policy) });
}

/**
 * base64url SHA-256 over whom this verifier trusts beside its network, in an order of their own, so that two verifiers
 * with the same anchors have the same digest whatever else they ask. Undefined when it trusts nobody.
 */
export function anchorsDigest(policy: Policy): string | undefined {
  if (policy.anchors.length === 0 && policy.trustedIssuers.length === 0) return undefined;
  return digestOf({ anchors: fingerprintsOf(policy), trustedIssuers: sortedIssuers(policy) });
}

function digestOf(value: unknown): string {
  return encodeBase64url(sha256(encodeUtf8(canonicalJson(value))));
}

/** A certificate and its pin are the same trust, so they have the same digest. */
function fingerprintsOf({ anchors }: Policy): readonly string[] {
  const all = anchors.map((anchor) =>
    FINGERPRINT.test(anchor) ? anchor : encodeBase64url(sha256(parseBase64(anchor))),
  );
  return [...new Set(all)].sort();
}

function sortedIssuers({ trustedIssuers }: Policy): readonly TrustedIssuer[] {
  const entries = new Map(trustedIssuers.map((entry) => [canonicalJson(entry), entry]));
  return [...entries.keys()].sort().map((text) => entries.get(text) as TrustedIssuer);
}

/** The anchors as certificate path validation takes them: DER bytes, or a fingerprint to pin. */
export function anchorsOf(policy: Policy): readonly (Uint8Array | string)[] {
  return policy.anchors.map((anchor) => (FINGERPRINT.test(anchor) ? anchor : parseBase64(anchor)));
}

/** Whether this policy trusts an issuer by name, under this key, for this type. Silence is not a no. */
export function isTrustedByName(
  policy: Policy,
  issuer: { readonly id: string; readonly key: PublicJwk; readonly isSelfPublished: boolean },
  type: string,
): boolean {
  return policy.trustedIssuers.some((entry) => {
    if (entry.issuer !== issuer.id || !(entry.types?.includes(type) ?? true)) return false;
    return entry.key === undefined ? issuer.isSelfPublished : entry.key === thumbprint(issuer.key);
  });
}

/**
 * The key a policy itself holds for the issuer of a credential. Where the credential names a key, it must be this one:
 * an issuer may have others, and their signatures would look forged under it.
 */
export function keyInPolicy(
  policy: Policy,
  {
    issuer,
    header,
    vct,
  }: { readonly issuer?: string; readonly header: { readonly kid?: string }; readonly vct: string },
): PublicJwk | undefined {
  const known = policy.trustedIssuers.filter(
    (entry) => entry.issuer === issuer && (entry.types?.includes(vct) ?? true),
  );
  const keys = known.flatMap(({ jwk }) => (jwk === undefined ? [] : [jwk]));
  if (header.kid !== undefined) return keys.find((key) => thumbprint(key) === header.kid);
  return keys.length === 1 ? keys[0] : undefined;
}
