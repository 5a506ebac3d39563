import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { concatBytes, sha256 } from '../src/encoding/bytes.ts';
import { type PublicJwk, parsePublicJwk, thumbprint } from '../src/encoding/jwk.ts';
import type { SignatureCheck } from '../src/encoding/jws.ts';
import { encodeBase64url, encodeUtf8 } from '../src/encoding/text.ts';

/** A key pair as tests use it: signs synchronously, 64 bytes of ES256. */
export type TestKey = {
  readonly jwk: PublicJwk;
  readonly kid: string;
  readonly sign: (signingInput: string) => Uint8Array;
};

/** Makes keys by name and checks what they signed. The same name is the same key. */
export type TestSignatures = {
  readonly key: (name: string) => TestKey;
  readonly verify: (check: SignatureCheck) => boolean;
};

/**
 * Signatures that are digests of key and bytes: deterministic, without a table, and thousands of times faster than
 * ES256. Their coordinates are on no curve, so only `verify` here accepts them.
 */
export function createIdealSignatures(): TestSignatures {
  return {
    key: (name) => {
      const x = encodeBase64url(sha256(encodeUtf8(`x ${name}`)));
      const y = encodeBase64url(sha256(encodeUtf8(`y ${name}`)));
      const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y };
      const kid = thumbprint(jwk);
      return { jwk, kid, sign: (signingInput) => idealSignature(kid, encodeUtf8(signingInput)) };
    },
    verify: ({ key, data, signature }) =>
      encodeBase64url(idealSignature(thumbprint(key), data)) === encodeBase64url(signature),
  };
}

function idealSignature(kid: string, data: Uint8Array): Uint8Array {
  const first = sha256(concatBytes(encodeUtf8(kid), data));
  return concatBytes(first, sha256(first));
}

/** Real ES256 over P-256 by `node:crypto`. */
export function createRealSignatures(): TestSignatures {
  const made = new Map<string, TestKey>();
  return {
    key: (name) => {
      const known = made.get(name);
      if (known !== undefined) return known;
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = parsePublicJwk(publicKey.export({ format: 'jwk' }));
      const key = { jwk, kid: thumbprint(jwk), sign: (signingInput: string) => signEs256(privateKey, signingInput) };
      made.set(name, key);
      return key;
    },
    verify: ({ key, data, signature }) =>
      verify('sha256', data, { key, format: 'jwk', dsaEncoding: 'ieee-p1363' }, signature),
  };
}

function signEs256(key: KeyObject, signingInput: string): Uint8Array {
  return sign('sha256', encodeUtf8(signingInput), { key, dsaEncoding: 'ieee-p1363' });
}
