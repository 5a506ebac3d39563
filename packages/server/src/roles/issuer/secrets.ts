import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, encodeBase64url, encodeUtf8 } from '@holdfast/core';

export const SECRET_BYTES = 32;

/**
 * Everything a tenant derives from its one secret: 32 random bytes, drawn once, kept sealed in the issuer's store.
 * Offer links, codes and transaction codes are derived from a seed that is not kept; codes, tokens and labels are kept as
 * keyed digests. So the database alone, or a copy of it, opens no offer and tells no label.
 */
export type TenantSecrets = {
  /** HMAC-SHA256 over the canonical JSON of its arguments: one purpose, one function. */
  mac(purpose: string, ...parts: readonly (string | number)[]): Uint8Array;
  /** The same as base64url. */
  digest(purpose: string, ...parts: readonly (string | number)[]): string;
};

export function createTenantSecrets(secret: Uint8Array): TenantSecrets {
  const mac = (purpose: string, ...parts: readonly (string | number)[]) => {
    const message = encodeUtf8(canonicalJson(['holdfast issuer', purpose, ...parts]));
    return new Uint8Array(createHmac('sha256', secret).update(message).digest());
  };
  return { mac, digest: (purpose, ...parts) => encodeBase64url(mac(purpose, ...parts)) };
}

const TX_CODE_DIGITS = 6;

/** Six decimal digits; five guesses are one chance in 200,000. */
export function txCodeOf(bytes: Uint8Array): string {
  // 48 bits over a million: the bias is below one in 10^8.
  const number = Buffer.from(bytes.buffer, bytes.byteOffset, 6).readUIntBE(0, 6) % 10 ** TX_CODE_DIGITS;
  return String(number).padStart(TX_CODE_DIGITS, '0');
}

/** Compares digests without telling by its time how far they agree. */
export function isSameDigest(a: string, b: string): boolean {
  const [x, y] = [encodeUtf8(a), encodeUtf8(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
