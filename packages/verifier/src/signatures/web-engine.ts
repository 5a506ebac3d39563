import { CodedError, type PublicJwk, type SignatureCheck } from '@holdfast/core';
import type { SignatureEngine } from './engine.ts';
import { createKeyCache } from './key-cache.ts';
import { isStrictCheck } from './strict-check.ts';

type Subtle = Pick<SubtleCrypto, 'importKey' | 'verify'>;

const IMPORT = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, EdDSA: { name: 'Ed25519' } } as const;
const VERIFY = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, EdDSA: { name: 'Ed25519' } } as const;

/**
 * The engine for browsers, edge runtimes and Node alike: WebCrypto. Where a browser has no Ed25519, such a check throws
 * `signature.unavailable`: not being able to look is not the same as having seen a forgery.
 */
export function createWebEngine(
  options: { readonly subtle?: Subtle; readonly maxCachedKeys?: number } = {},
): SignatureEngine {
  const subtle = options.subtle ?? globalThis.crypto.subtle;
  const keys = createKeyCache<CryptoKey>(options.maxCachedKeys);

  async function importKey(key: PublicJwk, alg: 'ES256' | 'EdDSA'): Promise<CryptoKey> {
    const known = keys.get(key);
    if (known !== undefined) return known;
    // Only the members of the thumbprint: `use`, `key_ops` or `ext` of a stranger's JWK would steer the platform.
    const jwk =
      key.kty === 'EC' ? { kty: key.kty, crv: key.crv, x: key.x, y: key.y } : { kty: key.kty, crv: key.crv, x: key.x };
    const imported = await subtle.importKey('jwk', jwk, IMPORT[alg], false, ['verify']);
    keys.offer(key, imported);
    return imported;
  }

  async function verifyOne(check: SignatureCheck): Promise<boolean> {
    if (!isStrictCheck(check)) return false;
    try {
      const key = await importKey(check.key, check.alg);
      return await subtle.verify(VERIFY[check.alg], key, source(check.signature), source(check.data));
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'NotSupportedError') {
        throw new CodedError(
          'signature.unavailable',
          `This platform cannot verify ${check.alg}.`,
          { alg: check.alg },
          cause,
        );
      }
      return false;
    }
  }

  return { verify: (checks) => Promise.all(checks.map(verifyOne)) };
}

/** WebCrypto takes no views of shared memory, and the compiler cannot see that ours never are. */
function source(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
