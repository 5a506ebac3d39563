import { CodedError } from '@holdfast/core';
import type { HeldCredential, WalletStore } from './wallet-store.ts';

const DEFAULT_MAX_CREDENTIALS = 1000;

/** A wallet's store in memory: gone with the process. */
export function createWalletStoreMemory(maxCredentials = DEFAULT_MAX_CREDENTIALS): WalletStore {
  const held = new Map<string, HeldCredential>();
  return {
    async append(credentials) {
      const added = credentials.filter(({ id }) => !held.has(id)).length;
      if (held.size + added > maxCredentials) {
        throw new CodedError('wallet.full', `This wallet holds at most ${maxCredentials} credentials.`);
      }
      for (const credential of credentials) held.set(credential.id, credential);
    },
    async readAll() {
      return [...held.values()];
    },
    async read(id) {
      return held.get(id);
    },
    async remove(id) {
      held.delete(id);
    },
  };
}
