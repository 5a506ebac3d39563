import { describe, expect, it } from 'vitest';
import { createTenantSecrets, isSameDigest, txCodeOf } from './secrets.ts';

const secrets = createTenantSecrets(new Uint8Array(32).fill(1));

describe('what is derived from a secret', () => {
  it('differs by purpose, by part, and by where one part ends and the next begins', () => {
    const digests = [
      secrets.digest('link', 'a', 'b'),
      secrets.digest('code', 'a', 'b'),
      secrets.digest('link', 'ab', ''),
      secrets.digest('link', 'a', 'b', ''),
      secrets.digest('link', 'a,b'),
      createTenantSecrets(new Uint8Array(32).fill(2)).digest('link', 'a', 'b'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(secrets.digest('link', 'a', 'b')).toBe(digests[0]);
  });

  it('makes transaction codes of six digits, spread over all of them', () => {
    const codes = Array.from({ length: 2000 }, (_, i) => txCodeOf(secrets.mac('tx', i)));
    expect(codes.every((code) => /^[0-9]{6}$/.test(code))).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(1990);
    for (const digit of '0123456789')
      expect(codes.filter((code) => code.startsWith(digit)).length).toBeGreaterThan(140);
  });

  it('is the same only when it is', () => {
    expect([isSameDigest('abc', 'abc'), isSameDigest('abc', 'abd'), isSameDigest('abc', 'ab')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
