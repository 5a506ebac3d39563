import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { type Algorithm, algorithmOf, CodedError, type PublicJwk, parsePublicJwk, thumbprint } from '@holdfast/core';
import { readOwnDerSignature } from '@holdfast/verifier/node';

/** A private key in memory, in the one form from which nothing prints it. */
export type KeyPair = {
  readonly publicKey: PublicJwk;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** As `Signer.sign`. */
  sign(data: Uint8Array): Uint8Array;
  /** The private JWK, for whoever seals it; nothing else may ask. */
  exportPrivate(): Readonly<Record<string, unknown>>;
};

export function createKeyPair(algorithm: Algorithm): KeyPair {
  const { privateKey } =
    algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return keyPairOf(privateKey);
}

/** Throws `key.unsupported` for anything but a private P-256 or Ed25519 key. */
export function keyPairOf(privateKey: KeyObject): KeyPair {
  if (privateKey.type !== 'private') throw unsupported();
  const publicKey = publicJwk(privateKey);
  const isP256 = algorithmOf(publicKey) === 'ES256';
  return {
    publicKey,
    kid: thumbprint(publicKey),
    // In DER first: asking Node for the other form costs it two exceptions, more than a signature does.
    sign: (data) =>
      isP256 ? readOwnDerSignature(sign('sha256', data, privateKey)) : new Uint8Array(sign(null, data, privateKey)),
    exportPrivate: () => ({ ...privateKey.export({ format: 'jwk' }) }),
  };
}

function publicJwk(privateKey: KeyObject): PublicJwk {
  try {
    return parsePublicJwk(createPublicKey(privateKey).export({ format: 'jwk' }));
  } catch (cause) {
    throw unsupported(cause);
  }
}

function unsupported(cause?: unknown): CodedError {
  return new CodedError('key.unsupported', 'Only private P-256 and Ed25519 keys are supported.', {}, cause);
}

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same key for the same seed: for rehearsals, never for anything that is worth something. */
export function keyPairFromSeed(seed: string, algorithm: Algorithm): KeyPair {
  const secret = createHash('sha256').update(`${algorithm} ${seed}`).digest();
  if (algorithm === 'EdDSA') {
    const key = Buffer.concat([ED25519_PKCS8, secret]);
    return keyPairOf(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  }
  // One seed in 2^32 is not below the order of the curve; OpenSSL refuses it, and a rehearsal takes another seed.
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const encode = (bytes: Buffer) => bytes.toString('base64url');
  const [x, y] = [encode(point.subarray(1, 33)), encode(point.subarray(33))];
  return keyPairOf(createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: encode(secret), x, y }, format: 'jwk' }));
}
