import { CodedError } from '@holdfast/core';
import type { HeldCredential, WalletStore } from '@holdfast/wallet';
import { answered, inStore } from './database.ts';

/** More than anybody is given; each is a few kilobytes. */
const MAX_CREDENTIALS = 500;

type Stored = { readonly order: number; readonly credential: HeldCredential };

/** Credentials in this browser. */
export function createStoredCredentials(): WalletStore {
  const readAll = (store: IDBObjectStore) => answered(store.getAll()) as Promise<readonly Stored[]>;
  return {
    append: (credentials) =>
      inStore('credentials', 'readwrite', async (store) => {
        const known = new Map((await readAll(store)).map((each) => [each.credential.id, each.order]));
        let next = Math.max(0, ...known.values()) + 1;
        const added = credentials.filter(({ id }) => !known.has(id)).length;
        if (known.size + added > MAX_CREDENTIALS) {
          throw new CodedError('wallet.full', `This wallet holds at most ${MAX_CREDENTIALS} credentials.`);
        }
        for (const credential of credentials) {
          const order = known.get(credential.id) ?? next;
          next += 1;
          await answered(store.put({ order, credential } satisfies Stored, credential.id));
        }
      }),
    readAll: async () => {
      const all = await inStore('credentials', 'readonly', readAll);
      return [...all].sort((a, b) => a.order - b.order).map(({ credential }) => credential);
    },
    read: async (id) => {
      const found = await inStore('credentials', 'readonly', (store) => answered(store.get(id)) as Promise<unknown>);
      return found === undefined ? undefined : (found as Stored).credential;
    },
    remove: async (id) => {
      await inStore('credentials', 'readwrite', (store) => answered(store.delete(id)));
    },
  };
}
