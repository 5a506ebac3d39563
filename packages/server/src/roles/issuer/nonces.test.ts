import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNonce, readNonce } from './nonces.ts';
import { createTenantSecrets } from './secrets.ts';

const secrets = createTenantSecrets(new Uint8Array(32).fill(1));
const others = createTenantSecrets(new Uint8Array(32).fill(2));
const random = (byte: number) => new Uint8Array(16).fill(byte);

describe('a nonce', () => {
  it('tells its end to the tenant that gave it out, and nothing to another', () => {
    const time = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(
      fc.property(time, fc.uint8Array({ minLength: 16, maxLength: 16 }), (expiresAtMs, bytes) => {
        const nonce = createNonce(secrets, bytes, expiresAtMs);
        expect(readNonce(secrets, nonce)).toBe(expiresAtMs);
        expect(readNonce(others, nonce)).toBeUndefined();
      }),
    );
  });

  it('changed in any character is none', () => {
    const nonce = createNonce(secrets, random(7), 1_750_000_000_000);
    for (let at = 0; at < nonce.length; at += 1) {
      const changed = nonce.slice(0, at) + (nonce[at] === 'A' ? 'B' : 'A') + nonce.slice(at + 1);
      expect(readNonce(secrets, changed)).toBeUndefined();
    }
  });

  it('of other bytes is another, and any other text is none', () => {
    expect(createNonce(secrets, random(1), 5)).not.toBe(createNonce(secrets, random(2), 5));
    for (const text of ['', 'a', '=', 'A'.repeat(51), 'A'.repeat(10_000), '\u{1f600}']) {
      expect(readNonce(secrets, text)).toBeUndefined();
    }
  });
});
