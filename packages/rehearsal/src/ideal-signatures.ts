import { Buffer } from 'node:buffer';
import { encodeBase64url, type PublicJwk, type SignatureCheck } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Random } from './random.ts';

type Signed = { readonly key: PublicJwk; readonly data: Uint8Array; readonly signature: Uint8Array };

/**
 * Signatures as they ought to be: a table of what was signed by whom. Nobody forges one by luck or by mathematics, so
 * that a rehearsal finds faults of the protocol only, a thousand times faster than curves would.
 */
export class IdealSignatures implements SignatureEngine {
  readonly #random: Random;
  readonly #signed = new Map<number, Signed>();

  constructor(random: Random) {
    this.#random = random;
  }

  createKey(kind: 'ES256' | 'EdDSA'): PublicJwk {
    const x = encodeBase64url(this.#random.bytes(32));
    if (kind === 'EdDSA') return { kty: 'OKP', crv: 'Ed25519', x };
    return { kty: 'EC', crv: 'P-256', x, y: encodeBase64url(this.#random.bytes(32)) };
  }

  sign(key: PublicJwk, data: Uint8Array): Uint8Array {
    const signature = this.#random.bytes(64);
    // Two signatures under one number: the second is drawn again.
    if (this.#signed.has(numberOf(signature))) return this.sign(key, data);
    this.#signed.set(numberOf(signature), { key, data, signature });
    return signature;
  }

  verifySync({ key, data, signature }: SignatureCheck): boolean {
    const signed = this.#signed.get(numberOf(signature));
    return (
      signed !== undefined &&
      isSameKey(signed.key, key) &&
      Buffer.compare(signed.signature, signature) === 0 &&
      Buffer.compare(signed.data, data) === 0
    );
  }

  async verify(checks: readonly SignatureCheck[]): Promise<readonly boolean[]> {
    return checks.map((check) => this.verifySync(check));
  }
}

/** The first 53 bits: what a table of numbers is indexed by fastest. */
function numberOf(signature: Uint8Array): number {
  let number = 0;
  for (let i = 0; i < 6; i += 1) number = number * 256 + (signature[i] ?? 0);
  return number * 32 + ((signature[6] ?? 0) & 31);
}

function isSameKey(a: PublicJwk, b: PublicJwk): boolean {
  return a.kty === b.kty && a.x === b.x && (a.kty !== 'EC' || b.kty !== 'EC' || a.y === b.y);
}
