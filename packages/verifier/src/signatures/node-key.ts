/// <reference types="node" />
import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { PublicJwk } from '@holdfast/core';

/** What stands before the coordinates in a SubjectPublicKeyInfo, in base64: RFC 5480 section 2, RFC 8410 section 4. */
const BEFORE_P256 = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE';
const BEFORE_ED25519 = 'MCowBQYDK2VwAyEA';

/**
 * Node 24 asks an object whether it is a key by provoking an exception, four times for one JWK; that takes longer than the
 * import. A text is asked nothing. Before Node 24 OpenSSL takes twice as long over a text as over a JWK.
 */
const isTextFaster = Number(process.versions.node.split('.', 1)[0]) >= 24;

/** Of a key whose spelling has been checked. Throws for a point that is not on the curve. */
export function importPublicKey(key: PublicJwk): KeyObject {
  return isTextFaster ? createPublicKey(encodePem(key)) : createPublicKey({ key, format: 'jwk' });
}

function encodePem(key: PublicJwk): string {
  const info = key.kty === 'EC' ? BEFORE_P256 + encodePoint(key.x, key.y) : BEFORE_ED25519 + encodePoint(key.x);
  return `-----BEGIN PUBLIC KEY-----\n${info}\n-----END PUBLIC KEY-----`;
}

function encodePoint(...coordinates: readonly string[]): string {
  const bytes = Buffer.alloc(32 * coordinates.length);
  for (const [i, coordinate] of coordinates.entries()) bytes.write(coordinate, 32 * i, 'base64url');
  return bytes.toString('base64');
}
