import { sha256, sha256Base64url } from '../encoding/bytes.ts';
import type { Json, JsonObject } from '../encoding/json.ts';
import { type Algorithm, type PublicJwk, parsePublicJwk } from '../encoding/jwk.ts';
import { encodeJws, encodeSigningInput } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { isNeverHidden } from './disclosures.ts';
import { parseCredential } from './parsed-credential.ts';
import type { NetworkReference, StatusReference } from './registered-claims.ts';

/** RFC 9901 section 9.3 recommends 128 bits of salt. */
const SALT_BYTES = 16;
const DECOY_BYTES = 32;

export type CredentialContent = {
  readonly header: { readonly alg: Algorithm; readonly kid?: string; readonly x5c?: readonly string[] };
  /** `vct`, `iss`, `iat`, `exp` and what is attested; not `cnf`, `status` or `network`, which have their own place. */
  readonly claims: JsonObject;
  /** Top-level names of `claims` that the holder may withhold. */
  readonly disclosable: readonly string[];
  readonly holderKey?: PublicJwk;
  readonly status?: StatusReference;
  readonly network?: NetworkReference;
  /** Fresh entropy for this one credential: `entropyForCredential` bytes. */
  readonly salts: Uint8Array;
  /** Digests of nothing, so that the number of digests does not tell the number of claims (RFC 9901 section 4.2.5). */
  readonly decoys?: number;
};

export type CredentialDraft = {
  /** The bytes to sign are its UTF-8. */
  readonly signingInput: string;
  readonly disclosures: readonly string[];
};

/** How many bytes of entropy a credential with so many disclosable claims and decoys takes. */
export function entropyForCredential(disclosable: number, decoys = 0): number {
  return disclosable * SALT_BYTES + decoys * DECOY_BYTES;
}

/**
 * Prepares an SD-JWT VC for signing. Digests are sorted, so their order tells nothing about the claims. Throws
 * `credential.claim-reserved`, `credential.claim-missing`, `credential.claim-not-disclosable`,
 * `credential.entropy-short` or `credential.entropy-repeats`.
 */
export function createCredentialDraft(content: CredentialContent): CredentialDraft {
  const { header, claims, holderKey, status, network, salts, decoys = 0 } = content;
  const hidden = new Set(content.disclosable);
  assertClaims(claims, hidden);
  const needed = entropyForCredential(hidden.size, decoys);
  if (salts.length < needed) {
    throw new CodedError('credential.entropy-short', `This credential takes ${needed} bytes of entropy.`, { needed });
  }
  const disclosures = Array.from(hidden, (name, i) => {
    const salt = salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES);
    return encodeBase64url(encodeUtf8(JSON.stringify([encodeBase64url(salt), name, claims[name]])));
  });
  const digests = disclosures.map(sha256Base64url);
  for (let at = hidden.size * SALT_BYTES; at < needed; at += DECOY_BYTES) {
    digests.push(encodeBase64url(sha256(salts.subarray(at, at + DECOY_BYTES))));
  }
  assertFresh(salts.subarray(0, hidden.size * SALT_BYTES), digests);
  const open = Object.fromEntries(Object.entries(claims).filter(([name]) => !hidden.has(name)));
  const payload = {
    ...open,
    ...(holderKey === undefined ? {} : { cnf: { jwk: parsePublicJwk(holderKey) } }),
    ...(status === undefined ? {} : { status: { status_list: { idx: status.index, uri: status.uri } } }),
    ...(network === undefined ? {} : { network: { log: network.log, size: network.size } }),
    // Without anything disclosable there must be no `_sd` at all (SD-JWT VC, "without Selectively Disclosable Claims").
    ...(digests.length === 0 ? {} : { _sd_alg: 'sha-256', _sd: digests.sort() }),
  };
  const { alg, kid, x5c } = header;
  const named = { ...(kid === undefined ? {} : { kid }), ...(x5c === undefined ? {} : { x5c }) };
  return { signingInput: encodeSigningInput({ alg, typ: 'dc+sd-jwt', ...named }, payload), disclosures };
}

/**
 * The credential as its holder gets it: every disclosure, and a `~` after each part. Throws `credential.unreadable`
 * when a verifier with default bounds would refuse it, so that nobody is given what they cannot use.
 */
export function encodeCredential(signingInput: string, signature: Uint8Array, disclosures: readonly string[]): string {
  const text = `${[encodeJws(signingInput, signature), ...disclosures].join('~')}~`;
  const parsed = parseCredential(text);
  if (!parsed.ok) throw new CodedError('credential.unreadable', parsed.detail, parsed.reason);
  return text;
}

const PLACED_BY_US: ReadonlySet<string> = new Set(['cnf', 'status', 'network', '_sd_alg']);

function assertClaims(claims: JsonObject, hidden: ReadonlySet<string>): void {
  if (typeof claims.vct !== 'string' || claims.vct === '') {
    throw new CodedError('credential.claim-missing', 'A credential names its type in vct.', { claim: 'vct' });
  }
  for (const name of hidden) {
    if (isNeverHidden(name)) {
      throw new CodedError('credential.claim-not-disclosable', `${name} may not be hidden from a verifier.`, {
        claim: name,
      });
    }
    if (!Object.hasOwn(claims, name)) {
      throw new CodedError('credential.claim-missing', 'A claim named as disclosable is not there.', { claim: name });
    }
  }
  for (const name of Object.keys(claims)) {
    if (PLACED_BY_US.has(name)) throw reserved(name);
  }
  assertNoMarkers(claims);
}

/** Claims are data of the issuer's tenant; markers in them would be read as digests by every verifier. */
function assertNoMarkers(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '_sd' || name === '_sd_alg' || name === '...' || name === '__proto__') throw reserved(name);
    assertNoMarkers(member);
  }
}

function reserved(claim: string): CodedError {
  return new CodedError('credential.claim-reserved', `A claim may not be named ${claim}.`, { claim });
}

/** A broken source of entropy shows as a repetition, and repeated salts let claims be guessed from their digests. */
function assertFresh(salts: Uint8Array, digests: readonly string[]): void {
  const seen = new Set(digests);
  for (let at = 0; at < salts.length; at += SALT_BYTES) seen.add(encodeBase64url(salts.subarray(at, at + SALT_BYTES)));
  if (seen.size !== digests.length + salts.length / SALT_BYTES) {
    throw new CodedError('credential.entropy-repeats', 'The entropy for this credential repeats itself.');
  }
}
