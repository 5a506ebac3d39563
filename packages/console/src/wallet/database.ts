/** One database for this origin: keys, credentials, what was applied for, accounts of the ledger. */
const NAME = 'holdfast-wallet';
const VERSION = 1;
const STORES = ['keys', 'credentials', 'applications', 'accounts'] as const;
export type StoreName = (typeof STORES)[number];

/** Whether this browser keeps keys here at all: it does so only over https, or on this machine. */
export function canKeep(): boolean {
  return globalThis.isSecureContext && 'subtle' in crypto && 'indexedDB' in globalThis;
}

/** Work within one transaction: all of it is kept, or none; it resolves once a crash cannot lose it. */
export async function inStore<T>(
  name: StoreName,
  mode: 'readonly' | 'readwrite',
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction(name, mode, { durability: 'strict' });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('What was to be kept was not.'));
    });
    // Told below, by what came of the work.
    ended.catch(() => undefined);
    try {
      const value = await work(transaction.objectStore(name));
      await ended;
      return value;
    } catch (error) {
      abort(transaction);
      throw error;
    }
  } finally {
    database.close();
  }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function eraseAll(): Promise<unknown> {
  return answered(indexedDB.deleteDatabase(NAME));
}

export async function hasBegun(): Promise<boolean> {
  // A browser that cannot list its databases is asked to open ours, which makes an empty one.
  const listed = await indexedDB.databases?.().catch(() => undefined);
  if (listed !== undefined) return listed.some(({ name }) => name === NAME);
  return (await inStore('keys', 'readonly', (store) => answered(store.count()))) > 0;
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store);
  };
  return answered(request);
}

/** Begins it, and asks the browser not to clear it by itself: asked for, and not relied on. */
export async function begin(): Promise<void> {
  (await open()).close();
  await navigator.storage?.persist?.().catch(() => false);
}
