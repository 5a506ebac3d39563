import {
  approvalSigningInput,
  encodeJws,
  encodeUtf8,
  loginSigningInput,
  type OfficerLogin,
  type Party,
  type PublicJwk,
  parsePublicJwk,
  thumbprint,
} from '@holdfast/core';

/** An officer's key as this browser keeps it. The private part can sign and cannot be read, by this page or any other. */
export type OfficerKey = {
  /** Name of the network: a key of one says nothing in another. */
  readonly network: string;
  readonly publicJwk: PublicJwk;
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
  /** When it came to be here, unix milliseconds. */
  readonly createdAt: number;
  /** A copy of one that lies sealed in a file as well. */
  readonly isCopy?: true;
};

const DATABASE = 'holdfast-console';
const STORE = 'officer-keys';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Whether this browser signs here at all: it does so only over https, or on this machine. */
export function canSign(): boolean {
  return globalThis.isSecureContext && 'subtle' in crypto && 'indexedDB' in globalThis;
}

export async function readOfficerKey(network: string): Promise<OfficerKey | null> {
  if (!canSign() || !(await hasStore())) return null;
  const found = await inStore('readonly', (store) => store.get(network));
  return (found as OfficerKey | undefined) ?? null;
}

/** Makes a key for this network. One that is there already is left as it is: replacing it would lose it. */
export async function createOfficerKey(network: string): Promise<OfficerKey> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const publicJwk = parsePublicJwk(JSON.parse(JSON.stringify(await crypto.subtle.exportKey('jwk', pair.publicKey))));
  return store({ network, publicJwk, privateKey: pair.privateKey });
}

/** Keeps a key that was opened from its file. One that is there already is left as it is. */
export function keepOfficerKey(network: string, publicJwk: PublicJwk, privateKey: CryptoKey): Promise<OfficerKey> {
  return store({ network, publicJwk, privateKey, isCopy: true });
}

async function store(own: Omit<OfficerKey, 'thumbprint' | 'createdAt'>): Promise<OfficerKey> {
  const key: OfficerKey = { ...own, thumbprint: thumbprint(own.publicJwk), createdAt: Date.now() };
  const { network } = key;
  await inStore('readwrite', (store) => store.add(key, network));
  // Asked for and not relied on: a browser may clear what it was not asked to keep.
  await navigator.storage?.persist?.().catch(() => false);
  return key;
}

export async function removeOfficerKey(network: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(network));
}

/** One officer's approval of a digest that was recomputed here (compact JWS, typ `approval+jwt`). */
export function signApproval(key: OfficerKey, digest: string): Promise<string> {
  return sign(key, approvalSigningInput(digest, key.publicJwk));
}

/** That it is they who log in (compact JWS, typ `officer-login+jwt`): at this page's address, whatever the server says of itself. */
export function signLogin(key: OfficerKey, { nonce, origin }: Pick<OfficerLogin, 'nonce' | 'origin'>): Promise<string> {
  return sign(key, loginSigningInput({ nonce, origin, network: key.network }, key.publicJwk));
}

async function sign(key: OfficerKey, input: string): Promise<string> {
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    key.privateKey,
    encodeUtf8(input) as Uint8Array<ArrayBuffer>,
  );
  return encodeJws(input, new Uint8Array(signature));
}

/** The officer of the network who has this key now, by its parties. */
export function officerWith(parties: readonly Party[], key: OfficerKey | null, now: number): Party | undefined {
  return parties.find(
    ({ kind, keys }) =>
      kind === 'officer' &&
      keys.some(
        ({ use, key: jwk, from = 0, until = Number.POSITIVE_INFINITY, compromised }) =>
          use === 'approval' &&
          compromised === undefined &&
          from <= now &&
          now < until &&
          thumbprint(parsePublicJwk(jwk)) === key?.thumbprint,
      ),
  );
}

/** Looking for a key leaves no database on a machine where nobody has made one. */
async function hasStore(): Promise<boolean> {
  if (!('databases' in indexedDB)) return true;
  return (await indexedDB.databases()).some(({ name }) => name === DATABASE);
}

async function inStore(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await settled(openStore());
  try {
    const transaction = database.transaction(STORE, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [answer] = await Promise.all([settled(act(transaction.objectStore(STORE))), done]);
    return answer;
  } finally {
    database.close();
  }
}

function openStore(): IDBOpenDBRequest {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return request;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
