import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDerSignature, readOwnDerSignature } from './der-signature.ts';

describe('P-256 signatures in DER', () => {
  it('are read as they were written, with leading zeros and with the highest bit set', () => {
    const number = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => [...new Uint8Array(32 - bytes.length), ...bytes]),
    );
    fc.assert(
      fc.property(number, number, (r, s) => {
        const signature = Uint8Array.from([...r, ...s]);
        expect(readOwnDerSignature(encodeDerSignature(signature))).toEqual(signature);
      }),
    );
  });

  it('are to OpenSSL what they were in the other form, and the other way round', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let i = 0; i < 100; i += 1) {
      const data = Uint8Array.of(i);
      const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      expect(verify('sha256', data, publicKey, encodeDerSignature(raw))).toBe(true);
      const read = readOwnDerSignature(sign('sha256', data, privateKey));
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, read)).toBe(true);
    }
  });
});
