import { CodedError, type PublicJwk, parsePublicJwk } from '@holdfast/core';
import type { HolderKeys } from '@holdfast/wallet';
import { answered, inStore } from './database.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

type StoredKey = { readonly privateKey: CryptoKey; readonly publicKey: PublicJwk };

/** Keys in this browser: they sign and cannot be read, by this page or any other. */
export function createStoredKeys(): HolderKeys {
  return {
    async create() {
      const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
      const publicKey = parsePublicJwk(await crypto.subtle.exportKey('jwk', pair.publicKey));
      const id = crypto.randomUUID();
      const stored: StoredKey = { privateKey: pair.privateKey, publicKey };
      await inStore('keys', 'readwrite', (store) => answered(store.add(stored, id)));
      return { id, publicKey };
    },
    async sign(id, bytes) {
      const found = await inStore('keys', 'readonly', (store) => answered(store.get(id)) as Promise<unknown>);
      if (found === undefined) throw new CodedError('wallet.key-unknown', 'This wallet does not have that key.');
      const { privateKey } = found as StoredKey;
      return new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, new Uint8Array(bytes)));
    },
    async remove(id) {
      await inStore('keys', 'readwrite', (store) => answered(store.delete(id)));
    },
  };
}
