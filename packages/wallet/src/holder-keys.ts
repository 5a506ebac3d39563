import { CodedError, type PublicJwk, parsePublicJwk } from '@holdfast/core';

/** A holder's key pair, named by whoever keeps it. P-256, for ES256. */
export type HolderKey = { readonly id: string; readonly publicKey: PublicJwk };

/**
 * Where a holder's private keys are. One key per credential, so that two credentials cannot be linked by it.
 * Durability: as the keeper says; a credential whose key is gone cannot be presented. Secrecy: a private key never leaves.
 * Idempotency: `create` makes a new key each time, `remove` of an unknown key does nothing. Concurrency: any.
 * Retries: the caller.
 */
export interface HolderKeys {
  create(): Promise<HolderKey>;
  /** ES256 over the bytes: 64 bytes, r and s. Throws `wallet.key-unknown`. */
  sign(id: string, bytes: Uint8Array): Promise<Uint8Array>;
  remove(id: string): Promise<void>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

/**
 * Keys made by WebCrypto in this process: not extractable, and gone with it. Browsers and phones bring their own keeper,
 * which may put the same `CryptoKey` into IndexedDB or use the hardware.
 */
export function createWebKeys(subtle: SubtleCrypto = globalThis.crypto.subtle): HolderKeys {
  /** At most one for each credential that is held. */
  const keys = new Map<string, CryptoKey>();
  let made = 0;
  return {
    async create() {
      const pair = await subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
      const publicKey = parsePublicJwk(await subtle.exportKey('jwk', pair.publicKey));
      made += 1;
      const id = `key-${made}`;
      keys.set(id, pair.privateKey);
      return { id, publicKey };
    },
    async sign(id, bytes) {
      const key = keys.get(id);
      if (key === undefined) throw new CodedError('wallet.key-unknown', 'This wallet does not have that key.');
      return new Uint8Array(await subtle.sign(SIGNING, key, new Uint8Array(bytes)));
    },
    async remove(id) {
      keys.delete(id);
    },
  };
}
