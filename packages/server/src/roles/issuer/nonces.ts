import { concatBytes, encodeBase64url, encodeHex, isCodedError, parseBase64url } from '@holdfast/core';
import { isSameDigest, type TenantSecrets } from './secrets.ts';

const RANDOM_BYTES = 16;
const TIME_BYTES = 6;
const TAG_BYTES = 16;
const NONCE_BYTES = RANDOM_BYTES + TIME_BYTES + TAG_BYTES;

/**
 * A nonce that carries its own proof of origin: random bytes, when it ends, and a MAC for this tenant. Asking for nonces
 * costs nothing that is kept, so a flood of requests fills no table; only a nonce that was used is remembered, until it
 * would have ended anyway.
 */
export function createNonce(secrets: TenantSecrets, random: Uint8Array, expiresAtMs: number): string {
  const time = new Uint8Array(TIME_BYTES);
  for (let i = 0, rest = expiresAtMs; i < TIME_BYTES; i += 1, rest = Math.floor(rest / 256)) time[i] = rest % 256;
  const body = concatBytes(random.subarray(0, RANDOM_BYTES), time);
  return encodeBase64url(concatBytes(body, tagOf(secrets, body)));
}

/** When this nonce ends, unix milliseconds; undefined for one that this tenant never gave out. */
export function readNonce(secrets: TenantSecrets, nonce: string): number | undefined {
  const bytes = parseOrNothing(nonce);
  if (bytes?.length !== NONCE_BYTES) return undefined;
  const body = bytes.subarray(0, RANDOM_BYTES + TIME_BYTES);
  const tag = bytes.subarray(RANDOM_BYTES + TIME_BYTES);
  if (!isSameDigest(encodeHex(tag), encodeHex(tagOf(secrets, body)))) return undefined;
  return body.subarray(RANDOM_BYTES).reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function tagOf(secrets: TenantSecrets, body: Uint8Array): Uint8Array {
  return secrets.mac('nonce', encodeHex(body)).subarray(0, TAG_BYTES);
}

function parseOrNothing(text: string): Uint8Array | undefined {
  if (text.length > 2 * NONCE_BYTES) return undefined;
  try {
    return parseBase64url(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
