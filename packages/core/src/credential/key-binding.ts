import { sha256Base64url } from '../encoding/bytes.ts';
import type { Credential } from './parsed-credential.ts';

export type KeyBindingReason =
  | 'holder.kb_missing'
  | 'holder.typ'
  | 'holder.nonce'
  | 'holder.audience'
  | 'holder.sd_hash'
  | 'holder.stale'
  | 'holder.future';

export type KeyBindingRequest = {
  /** The nonce this verifier put into its request. */
  readonly nonce: string;
  /** Who the holder must have signed for: the verifier's full client id, prefix included (OpenID4VP section 5.9). */
  readonly audience: string;
  /** Unix seconds. */
  readonly now: number;
  /** Seconds a key binding may be old: the life of a request. */
  readonly maxAgeS: number;
  /** Seconds the holder's clock may be off. */
  readonly skewS: number;
};

/**
 * Whether the holder made this presentation, now, for this verifier (RFC 9901 section 7.3): every reason that says
 * otherwise, none when it holds. The signature is a check of `credentialChecks`. Asking for a key binding is the
 * verifier's decision alone: a presentation that leaves it out has `holder.kb_missing`.
 */
export function judgeKeyBinding(parsed: Credential, request: KeyBindingRequest): readonly KeyBindingReason[] {
  const { keyBinding } = parsed;
  if (keyBinding === undefined) return ['holder.kb_missing'];
  const { now, maxAgeS, skewS } = request;
  const reasons: KeyBindingReason[] = [];
  // A JWT the holder signed for another purpose must not pass for a key binding.
  if (keyBinding.jws.header.typ !== 'kb+jwt') reasons.push('holder.typ');
  if (keyBinding.nonce !== request.nonce) reasons.push('holder.nonce');
  if (keyBinding.audience !== request.audience) reasons.push('holder.audience');
  if (keyBinding.sdHash !== sha256Base64url(parsed.issuerSigned)) reasons.push('holder.sd_hash');
  const expired = keyBinding.exp !== undefined && now >= keyBinding.exp;
  if (expired || now - keyBinding.iat > maxAgeS + skewS) reasons.push('holder.stale');
  if (Math.max(keyBinding.iat, keyBinding.nbf ?? 0) - now > skewS) reasons.push('holder.future');
  return reasons;
}
