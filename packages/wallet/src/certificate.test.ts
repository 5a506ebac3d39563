import { X509Certificate } from 'node:crypto';
import { encodeBase64, parseBase64 } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChain } from '../../verifier/test/verify-world.ts';
import { parseLeafCertificate } from './certificate.ts';

const { x5c, anchor } = await createChain('issuer.example', 'https://issuer.example/i/civic');
const leaf = parseBase64(x5c[0] ?? '');
const codeOf = (der: Uint8Array) => {
  try {
    return parseLeafCertificate(encodeBase64(der)).fingerprint;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('a leaf certificate', () => {
  it.each([x5c[0] ?? '', x5c[1] ?? '', anchor])('is read as node:crypto reads it', (base64) => {
    const theirs = new X509Certificate(Buffer.from(base64, 'base64'));
    const ours = parseLeafCertificate(base64);
    const { x, y } = theirs.publicKey.export({ format: 'jwk' });
    expect(ours.key).toEqual({ kty: 'EC', crv: 'P-256', x, y });
    expect(ours.notBeforeMs).toBe(Date.parse(theirs.validFrom));
    expect(ours.notAfterMs).toBe(Date.parse(theirs.validTo));
    const fingerprint = Buffer.from(theirs.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    expect(ours.fingerprint).toBe(fingerprint);
  });

  it('cut short anywhere, or with bytes behind it, is refused with a code', () => {
    for (let length = 0; length < leaf.length; length += 1)
      expect(codeOf(leaf.subarray(0, length))).toBe('wallet.certificate');
    expect(codeOf(new Uint8Array([...leaf, 0]))).toBe('wallet.certificate');
    expect(codeOf(new Uint8Array(9000))).toBe('wallet.certificate');
  });

  it('changed anywhere is read or refused with a code, never anything else', () => {
    const change = fc.tuple(fc.nat(leaf.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = leaf.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        expect(codeOf(changed)).toMatch(/^(wallet\.certificate|[\w-]{43})$/);
      }),
    );
    expect(codeOf(new Uint8Array())).toBe('wallet.certificate');
    expect(() => parseLeafCertificate('not base64')).toThrow(expect.objectContaining({ code: 'wallet.certificate' }));
  });
});
