import { algorithmOf, type PublicJwk } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import type { Credential } from './parsed-credential.ts';
import { type Refusal, refusal } from './refusal.ts';

export type CredentialChecks =
  | { readonly ok: true; readonly checks: readonly SignatureCheck[] }
  | Refusal<'signature.alg_not_allowed'>;

/**
 * The signatures this credential needs, for whoever has a crypto engine: the issuer's first, then the holder's under
 * `cnf` when a key binding was presented. The key chooses the algorithm; a header that asks for another is refused.
 */
export function credentialChecks(parsed: Credential, issuerKey: PublicJwk): CredentialChecks {
  const alg = algorithmOf(issuerKey);
  if (parsed.header.alg !== alg) {
    return refusal('signature.alg_not_allowed', `The issuer's key signs ${alg}.`, 'header/alg');
  }
  const issuer = signatureCheck(parsed.issuerJwt, issuerKey);
  const { keyBinding } = parsed;
  if (keyBinding === undefined) return { ok: true, checks: [issuer] };
  return { ok: true, checks: [issuer, signatureCheck(keyBinding.jws, keyBinding.key)] };
}
