import { sha256Base64url } from '../encoding/bytes.ts';
import { type Algorithm, algorithmOf } from '../encoding/jwk.ts';
import { encodeJws, encodeSigningInput } from '../encoding/jws.ts';
import { CodedError } from '../errors.ts';
import { type Credential, type CredentialBounds, parseCredential } from './parsed-credential.ts';

export type PresentationRequest = {
  readonly nonce: string;
  /** The verifier's full client id, prefix included. */
  readonly audience: string;
  /** Unix seconds. */
  readonly iat: number;
};

export type PresentationDraft = {
  /** What the holder's key signs with. */
  readonly alg: Algorithm;
  /** The bytes to sign are its UTF-8. */
  readonly signingInput: string;
  /** The credential with the chosen disclosures only, up to its last `~`. */
  readonly disclosed: string;
};

/**
 * Prepares the presentation of a held credential: the top-level claims in `disclose`, each whole, and a key binding
 * for the holder to sign (RFC 9901 section 4.3). Throws `credential.unreadable`, `credential.already-presented`,
 * `credential.holder-key-missing`, or `credential.claim-missing` for a claim that is not in it.
 */
export function createPresentationDraft(
  credential: string,
  disclose: readonly string[],
  request: PresentationRequest,
  bounds?: CredentialBounds,
): PresentationDraft {
  const parsed = parseCredential(credential, bounds);
  if (!parsed.ok) throw new CodedError('credential.unreadable', parsed.detail, parsed.reason);
  // A holder rejects what already carries a key binding: it would present what somebody else signed (section 7.2).
  if (parsed.keyBinding !== undefined) {
    throw new CodedError('credential.already-presented', 'This is a presentation, not the credential as issued.');
  }
  if (parsed.cnf === undefined) {
    throw new CodedError('credential.holder-key-missing', 'This credential is bound to no key of its holder.');
  }
  const disclosed = selectDisclosures(credential, parsed, disclose);
  const alg = algorithmOf(parsed.cnf);
  const { nonce, audience, iat } = request;
  const payload = { iat, aud: audience, nonce, sd_hash: sha256Base64url(disclosed) };
  return { alg, signingInput: encodeSigningInput({ alg, typ: 'kb+jwt' }, payload), disclosed };
}

export function encodePresentation(draft: PresentationDraft, signature: Uint8Array): string {
  return draft.disclosed + encodeJws(draft.signingInput, signature);
}

/** Everything below a chosen claim goes with it, so that no disclosure is left without the one that refers to it. */
function selectDisclosures(text: string, parsed: Credential, disclose: readonly string[]): string {
  const chosen = new Set<string | number>(disclose);
  for (const name of disclose) {
    if (parsed.claims[name] !== undefined) continue;
    throw new CodedError('credential.claim-missing', 'This credential has no such claim.', { claim: name });
  }
  const [issuerJwt = '', ...encoded] = text.split('~').slice(0, -1);
  const kept = encoded.filter((_, i) => chosen.has(parsed.disclosures[i]?.path[0] ?? ''));
  return `${[issuerJwt, ...kept].join('~')}~`;
}
