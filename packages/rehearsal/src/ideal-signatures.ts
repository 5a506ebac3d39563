import { encodeBase64url, type PublicJwk, type SignatureCheck, sha256, thumbprint } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Random } from './random.ts';

/**
 * Signatures as they ought to be: a table of what was signed by whom. Nobody forges one by luck or by mathematics, so
 * that a rehearsal finds faults of the protocol only, a thousand times faster than curves would.
 */
export class IdealSignatures implements SignatureEngine {
  readonly #random: Random;
  readonly #signed = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  createKey(kind: 'ES256' | 'EdDSA'): PublicJwk {
    const x = encodeBase64url(this.#random.bytes(32));
    if (kind === 'EdDSA') return { kty: 'OKP', crv: 'Ed25519', x };
    return { kty: 'EC', crv: 'P-256', x, y: encodeBase64url(this.#random.bytes(32)) };
  }

  sign(key: PublicJwk, bytes: Uint8Array): Uint8Array {
    const signature = this.#random.bytes(64);
    this.#signed.set(encodeBase64url(signature), this.#claim(key, bytes));
    return signature;
  }

  verifySync(check: SignatureCheck): boolean {
    return this.#signed.get(encodeBase64url(check.signature)) === this.#claim(check.key, check.data);
  }

  async verify(checks: readonly SignatureCheck[]): Promise<readonly boolean[]> {
    return checks.map((check) => this.verifySync(check));
  }

  #claim(key: PublicJwk, bytes: Uint8Array): string {
    return `${thumbprint(key)} ${encodeBase64url(sha256(bytes))}`;
  }
}
