import { compareBytes, encodeHex, parseBase64url, type SignatureCheck } from '@holdfast/core';

/** 32 bytes as canonical base64url: the last of 43 characters carries only four bits. */
const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** The order of the P-256 base point, big-endian (FIPS 186-5, SEC 2 section 2.4.2). */
const P256_ORDER = bytesOf(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n);

/** The order of the Ed25519 base point and the prime of its field (RFC 8032 section 5.1), big-endian. */
const ED25519_ORDER = bytesOf(2n ** 252n + 27742317777372353535851937790883648493n);
const ED25519_PRIME = bytesOf(2n ** 255n - 19n);

/**
 * The y coordinates of the eight points of small order, big-endian, without the sign bit.
 * Under such a key one signature fits many messages, so whoever holds one could deny having signed any of them.
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000001',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
]);

/**
 * Whether every platform gives the same answer to this check. OpenSSL, BoringSSL and the browsers differ on points of
 * small order, on encodings that are not canonical and on how a key is spelled; what they differ on is refused.
 * Cheap beside the verification itself: no curve arithmetic.
 */
export function isStrictCheck(check: SignatureCheck): boolean {
  const { alg, key, signature, data } = check;
  if (!(signature instanceof Uint8Array) || signature.length !== 64 || !(data instanceof Uint8Array)) return false;
  if (typeof key !== 'object' || key === null) return false;
  if (alg === 'ES256') {
    if (key.kty !== 'EC' || key.crv !== 'P-256' || !COORDINATE.test(key.x) || !COORDINATE.test(key.y)) return false;
    return isScalar(signature.subarray(0, 32)) && isScalar(signature.subarray(32));
  }
  if (alg !== 'EdDSA' || key.kty !== 'OKP' || key.crv !== 'Ed25519' || !COORDINATE.test(key.x)) return false;
  return (
    isStrictPoint(parseBase64url(key.x)) &&
    isStrictPoint(signature.subarray(0, 32)) &&
    compareBytes(reversed(signature.subarray(32)), ED25519_ORDER) < 0
  );
}

/** r and s lie in [1, n - 1] (FIPS 186-5 section 6.4.2). */
function isScalar(bigEndian: Uint8Array): boolean {
  return compareBytes(bigEndian, P256_ORDER) < 0 && bigEndian.some((byte) => byte !== 0);
}

function isStrictPoint(wire: Uint8Array): boolean {
  const y = reversed(wire);
  y[0] = (y[0] ?? 0) & 0x7f;
  return !SMALL_ORDER.has(encodeHex(y)) && compareBytes(y, ED25519_PRIME) < 0;
}

/** A copy: `slice` of a Buffer is a view, and reversing it would change what the caller holds. */
function reversed(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes).reverse();
}

function bytesOf(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 31, rest = value; i >= 0; i -= 1, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}
