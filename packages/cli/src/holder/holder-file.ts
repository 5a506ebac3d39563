import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import {
  CodedError,
  createPresentationDraft,
  encodePresentation,
  encodeUtf8,
  isJsonObject,
  type JsonObject,
  parseCredential,
  parseJson,
  parsePublicJwk,
  thumbprint,
} from '@holdfast/core';
import type { HeldCredential, HolderKeys } from '@holdfast/wallet';
import { readBounded } from '../bounded-file.ts';
import { told } from '../lists/output-file.ts';
import type { NetworkClient } from '../network-client.ts';

/** Where somebody at a terminal keeps a credential, and the key it is bound to. Whoever has both is its holder. */
export type HolderFiles = { readonly credential: string; readonly key: string };

/** Undefined where neither is named. Throws `usage.holder` for one without the other. */
export function holderIn({ credential, key }: { credential?: string; key?: string }): HolderFiles | undefined {
  if (credential === undefined && key === undefined) return undefined;
  if (credential !== undefined && key !== undefined) return { credential, key };
  throw new CodedError('usage.holder', 'A credential is shown with its key: --credential FILE and --key FILE.');
}

/** A holder's keys that can be written to a file, which is all that keeps them. */
export type FileKeys = HolderKeys & { readonly read: (id: string) => JsonObject | undefined };

export function createFileKeys(): FileKeys {
  const keys = new Map<string, JsonObject>();
  return {
    async create() {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = privateKey.export({ format: 'jwk' }) as JsonObject;
      const publicKey = publicPartOf(jwk);
      const id = thumbprint(publicKey);
      keys.set(id, jwk);
      return { id, publicKey };
    },
    async sign(id, bytes) {
      const jwk = keys.get(id);
      if (jwk === undefined) throw new CodedError('wallet.key-unknown', 'This wallet does not have that key.');
      return signWith(jwk, bytes);
    },
    remove: async (id) => void keys.delete(id),
    read: (id) => keys.get(id),
  };
}

/** Both files are new, and only their owner reads them. */
export async function writeHolder(files: HolderFiles, held: HeldCredential | undefined, keys: FileKeys): Promise<void> {
  const key = keys.read(held?.keyId ?? '');
  if (held === undefined || key === undefined) {
    throw new CodedError('network.answer', 'The issuer gave no credential for this offer.');
  }
  const file = { mode: 0o600, flag: 'wx' } as const;
  await told(files.key, () => writeFile(files.key, `${JSON.stringify(key)}\n`, file));
  await told(files.credential, () => writeFile(files.credential, `${held.credential}\n`, file));
}

/**
 * What these files show for a challenge: that they are the holder's, and of what is attested nothing or everything. Throws
 * `usage.holder` for files that are no such things, or do not belong together.
 */
export async function showFor(
  files: HolderFiles,
  challenge: { readonly nonce: string; readonly audience: string },
  disclosing: 'nothing' | 'everything' = 'nothing',
): Promise<string> {
  const credential = (await readBounded(files.credential)).trim();
  const parsed = parseCredential(credential);
  if (!parsed.ok) throw unusable(files.credential, 'is not a credential with its disclosures');
  const jwk = await readKey(files.key);
  const bound = parsed.cnf === undefined ? undefined : thumbprint(parsed.cnf);
  if (bound !== thumbprint(publicPartOf(jwk))) throw unusable(files.key, 'is not the key that this credential is for');
  const names = parsed.disclosures.flatMap(({ path: [name] }) => (typeof name === 'string' ? [name] : []));
  const iat = Math.floor(Date.now() / 1000);
  const draft = createPresentationDraft(credential, disclosing === 'everything' ? [...new Set(names)] : [], {
    ...challenge,
    iat,
  });
  return encodePresentation(draft, signWith(jwk, encodeUtf8(draft.signingInput)));
}

/** A challenge of this door, answered from these files. */
export async function showAt(
  client: NetworkClient,
  path: string,
  files: HolderFiles,
  disclosing: 'nothing' | 'everything' = 'nothing',
): Promise<{ readonly presentation: string; readonly nonce: string }> {
  const challenge = path === '/erasures/nonce' ? await client.get(path) : await client.post(path, {});
  const nonce = String(challenge.nonce);
  const audience = String(challenge.audience);
  return { presentation: await showFor(files, { nonce, audience }, disclosing), nonce };
}

async function readKey(file: string): Promise<JsonObject> {
  try {
    const jwk = parseJson(await readBounded(file, 4_096));
    if (isJsonObject(jwk) && typeof jwk.d === 'string' && publicPartOf(jwk).kty === 'EC') return jwk;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'usage.file') throw error;
  }
  throw unusable(file, 'is not a private key of a holder (JWK, P-256)');
}

function publicPartOf({ d: _, ...jwk }: JsonObject) {
  return parsePublicJwk(jwk);
}

function signWith(jwk: JsonObject, bytes: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: jwk as never, format: 'jwk' });
  return new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }));
}

function unusable(file: string, what: string): CodedError {
  return new CodedError('usage.holder', `${file} ${what}.`, { file });
}
