import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  BOUND,
  HOLDER_KEY,
  ISSUER_KEY,
  makeCredential,
  type SampleKey,
  STRANGER_KEY,
} from '../../test/sample-credential.ts';
import type { PublicJwk } from '../encoding/jwk.ts';
import type { SignatureCheck } from '../encoding/jws.ts';
import { credentialChecks } from './credential-checks.ts';
import { type Credential, parseCredential } from './parsed-credential.ts';

function parsed(text: string): Credential {
  const result = parseCredential(text);
  if (!result.ok) throw new Error(result.detail);
  return result;
}

function isSigned({ alg, key, data, signature }: SignatureCheck): boolean {
  const holds = { key, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const;
  return verify(alg === 'ES256' ? 'sha256' : null, data, { ...holds, key: { ...key } }, signature);
}

function checksOf(text: string, issuerKey: PublicJwk): readonly SignatureCheck[] {
  const result = credentialChecks(parsed(text), issuerKey);
  if (!result.ok) throw new Error(result.detail);
  return result.checks;
}

describe('the signatures a credential needs', () => {
  const bound = makeCredential({ payload: BOUND, keyBinding: {} });

  it('are the issuer’s first, then the holder’s under cnf', () => {
    const checks = checksOf(bound, ISSUER_KEY.jwk);
    expect(checks.map(({ key }) => key)).toEqual([ISSUER_KEY.jwk, HOLDER_KEY.jwk]);
    expect(checks.map(isSigned)).toEqual([true, true]);
  });

  it('are the issuer’s alone without a key binding', () => {
    expect(checksOf(makeCredential({ payload: BOUND }), ISSUER_KEY.jwk).map(isSigned)).toEqual([true]);
  });

  it('fail for another issuer’s key, and for a key binding by somebody who is not the holder', () => {
    expect(checksOf(bound, STRANGER_KEY.jwk).map(isSigned)).toEqual([false, true]);
    const borrowed = makeCredential({ payload: BOUND, keyBinding: { key: STRANGER_KEY } });
    expect(checksOf(borrowed, ISSUER_KEY.jwk).map(isSigned)).toEqual([true, false]);
  });

  it('fail for a claim changed after signing', () => {
    const [header, payload = '', rest] = bound.split('.', 3);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, vct: 'urn:more' })).toString('base64url');
    const text = bound.replace(`${header}.${payload}.${rest}`, `${header}.${changed}.${rest}`);
    expect(checksOf(text, ISSUER_KEY.jwk).map(isSigned)).toEqual([false, true]);
  });

  it('are ES256 for a P-256 key, and refused when the header asks for what the key does not sign', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' });
    const key: SampleKey = { privateKey: pair.privateKey, jwk: { kty: 'EC', crv: 'P-256', x, y }, alg: 'ES256' };
    const payload = { cnf: { jwk: key.jwk } };
    const mixed = makeCredential({ payload, keyBinding: { key } });
    expect(checksOf(mixed, ISSUER_KEY.jwk).map(isSigned)).toEqual([true, true]);
    expect(credentialChecks(parsed(mixed), key.jwk)).toMatchObject({
      ok: false,
      reason: { code: 'signature.alg_not_allowed', path: 'header/alg' },
    });
  });
});
