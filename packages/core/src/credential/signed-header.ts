import type { JsonObject } from '../encoding/json.ts';
import type { Algorithm } from '../encoding/jwk.ts';
import { type Refusal, refusal } from './refusal.ts';

/** The header members that say which key signed. They are claims of the sender until that key has verified. */
export type SignedHeader = {
  readonly ok: true;
  readonly alg: Algorithm;
  readonly kid?: string;
  /** Certificates as sent: base64 of DER, leaf first (RFC 7515 section 4.1.6). Nothing about them is checked here. */
  readonly x5c?: readonly string[];
};

const MAX_CERTIFICATES = 8;

/**
 * Reads `alg`, `kid` and `x5c` before any key is looked up, so that `none` and the HMAC algorithms never reach one
 * (RFC 8725 sections 3.1 and 3.2).
 */
export function parseSignedHeader(
  header: JsonObject,
): SignedHeader | Refusal<'signature.alg_not_allowed' | 'format.malformed'> {
  const { alg, kid, x5c } = header;
  if (alg !== 'ES256' && alg !== 'EdDSA') {
    return refusal('signature.alg_not_allowed', 'Signatures here are ES256 or EdDSA.', 'header/alg');
  }
  if (kid !== undefined && typeof kid !== 'string') {
    return refusal('format.malformed', 'kid is a string.', 'header/kid');
  }
  if (x5c !== undefined && !isCertificates(x5c)) {
    return refusal('format.malformed', `x5c is an array of 1 to ${MAX_CERTIFICATES} certificates.`, 'header/x5c');
  }
  return { ok: true, alg, ...(kid === undefined ? {} : { kid }), ...(x5c === undefined ? {} : { x5c }) };
}

function isCertificates(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CERTIFICATES) return false;
  return value.every((item) => typeof item === 'string' && item.length > 0);
}
