import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { PublicJwk } from '../src/encoding/jwk.ts';

/** What every sample is made of, so that a test changes one thing and the rest stays a good credential. */
export type SampleKey = { readonly privateKey: KeyObject; readonly jwk: PublicJwk; readonly alg: 'ES256' | 'EdDSA' };

/** Ed25519 signs the same bytes the same way every time, so stored vectors can be made again. */
function ed25519Key(seed: number): SampleKey {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, jwk: { kty: 'OKP', crv: 'Ed25519', x }, alg: 'EdDSA' };
}

export const ISSUER_KEY = ed25519Key(1);
export const HOLDER_KEY = ed25519Key(2);
export const STRANGER_KEY = ed25519Key(3);

export const NOW = 1_780_000_000;

export const VISIBLE = {
  iss: 'https://issuer.example',
  vct: 'https://issuer.example/residence/1',
  iat: NOW - 60,
  exp: NOW + 86_400,
} as const;

export function base64url(value: string | Uint8Array): string {
  return Buffer.from(value as Uint8Array).toString('base64url');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

export function signText(signingInput: string, key: SampleKey): Uint8Array {
  if (key.alg === 'EdDSA') return sign(null, Buffer.from(signingInput), key.privateKey);
  return sign('sha256', Buffer.from(signingInput), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
}

/** A compact JWS over texts exactly as given, so that a header or payload may be anything at all. */
export function jwtOfTexts(header: string, payload: string | Uint8Array, key: SampleKey): string {
  const signingInput = `${base64url(header)}.${base64url(payload)}`;
  return `${signingInput}.${base64url(signText(signingInput, key))}`;
}

export function jwt(header: object, payload: object, key: SampleKey = ISSUER_KEY): string {
  return jwtOfTexts(JSON.stringify(header), JSON.stringify(payload), key);
}

/** A disclosure as base64url text: `[salt, name, value]`, or `[salt, value]` for an element of an array. */
export function disclose(...parts: readonly unknown[]): string {
  return base64url(JSON.stringify([sha256(JSON.stringify(parts)).slice(0, 22), ...parts]));
}

export type Sample = {
  readonly header?: object;
  /** Added to `VISIBLE`; a member set to undefined is left out. */
  readonly payload?: object;
  readonly disclosures?: readonly string[];
  readonly keyBinding?: { readonly header?: object; readonly payload?: object; readonly key?: SampleKey };
};

export const DEFAULT_HEADER = { alg: 'EdDSA', typ: 'dc+sd-jwt', kid: 'k1' } as const;

/** An SD-JWT VC of the sample issuer. Digests are put into its payload by the caller, for they are what is tested. */
export function makeCredential(sample: Sample = {}): string {
  const issuerJwt = jwt({ ...DEFAULT_HEADER, ...sample.header }, { ...VISIBLE, ...sample.payload });
  return bindKey([issuerJwt, ...(sample.disclosures ?? []), ''].join('~'), sample.keyBinding);
}

export const AUDIENCE = 'x509_hash:sample';
export const NONCE = 'nonce-of-this-request';

function bindKey(signed: string, keyBinding: Sample['keyBinding']): string {
  if (keyBinding === undefined) return signed;
  const { header, payload, key = HOLDER_KEY } = keyBinding;
  const claims = { iat: NOW, aud: AUDIENCE, nonce: NONCE, sd_hash: sha256(signed), ...payload };
  return signed + jwt({ alg: key.alg, typ: 'kb+jwt', ...header }, claims, key);
}

export const BOUND = { cnf: { jwk: HOLDER_KEY.jwk } } as const;
