import type { PublicJwk, SignatureCheck } from '@holdfast/core';

/** Whether a signature holds. The crypto of a wallet, as a function so that a host may bring its own. */
export type VerifySignature = (check: SignatureCheck) => Promise<boolean>;

const IMPORT = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, EdDSA: { name: 'Ed25519' } } as const;
const VERIFY = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, EdDSA: { name: 'Ed25519' } } as const;

/** By WebCrypto. A key that is no key verifies nothing. */
export function createWebVerify(subtle: SubtleCrypto = globalThis.crypto.subtle): VerifySignature {
  return async ({ alg, key, data, signature }) => {
    try {
      const imported = await subtle.importKey('jwk', membersOf(key), IMPORT[alg], false, ['verify']);
      return await subtle.verify(VERIFY[alg], imported, new Uint8Array(signature), new Uint8Array(data));
    } catch {
      return false;
    }
  };
}

function membersOf(key: PublicJwk): JsonWebKey {
  const { kty, crv, x } = key;
  return key.kty === 'EC' ? { kty, crv, x, y: key.y } : { kty, crv, x };
}
