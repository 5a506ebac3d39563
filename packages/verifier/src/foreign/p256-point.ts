import type { PublicJwk } from '@holdfast/core';
import { encodeBase64url, parseHex } from '@holdfast/core';

/** The curve P-256 (SEC 2 section 2.4.2): y^2 = x^3 - 3x + b over the field of this prime. */
const PRIME = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * The key of a compressed point of 33 bytes (SEC 1 section 2.3.4); undefined when no point of the curve has this x.
 * Public values only: the time it takes tells nothing that is secret.
 */
export function parseCompressedPoint(bytes: Uint8Array): PublicJwk | undefined {
  const [sign] = bytes;
  if (bytes.length !== 33 || (sign !== 2 && sign !== 3)) return undefined;
  const x = bytes.subarray(1).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if (x >= PRIME) return undefined;
  const square = ((((x * x - 3n) * x + B) % PRIME) + PRIME) % PRIME;
  // The prime is 3 modulo 4, so that this power is a root where there is one.
  const root = power(square, (PRIME + 1n) / 4n);
  if ((root * root) % PRIME !== square) return undefined;
  const y = (root & 1n) === BigInt(sign & 1) ? root : PRIME - root;
  return { kty: 'EC', crv: 'P-256', x: encodeBase64url(bytes.slice(1)), y: encodeBase64url(bytesOf(y)) };
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, factor = base; rest > 0n; rest >>= 1n, factor = (factor * factor) % PRIME) {
    if ((rest & 1n) === 1n) result = (result * factor) % PRIME;
  }
  return result;
}

function bytesOf(value: bigint): Uint8Array {
  return parseHex(value.toString(16).padStart(64, '0'));
}
