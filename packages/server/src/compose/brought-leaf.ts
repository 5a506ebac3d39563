import { join } from 'node:path';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { readLeaf } from '../adapters/key-files/leaf.ts';
import { ISSUER_KEYS } from './issuer-keys.ts';
import { openKeys } from './keyring.ts';

/** Where the certificates lie that were brought for a key of the issuer, instead of a development leaf. */
const fileOf = (keysFolder: string, key: string) => join(keysFolder, ISSUER_KEYS, `${key}.x5c`);

/** PEM texts of a certificate with its intermediates, and of its private key. */
export type BroughtLeaf = { readonly certificate: string; readonly key: string };

/**
 * Takes a certificate and its key for an issuer's credential key instead of a development leaf. Before officers accredit it, as they
 * accredit the key. Throws what `readLeaf` says, and `key.exists` when it is too late.
 */
export async function bringLeaf(keysFolder: string, name: string, brought: BroughtLeaf, at: number): Promise<void> {
  const leaf = await readLeaf(brought.certificate, brought.key, at);
  await (await openKeys(keysFolder, ISSUER_KEYS)).adopt(name, leaf.key);
  await keepBroughtLeaf(keysFolder, name, leaf.x5c);
}

export async function keepBroughtLeaf(keysFolder: string, key: string, x5c: readonly string[]): Promise<void> {
  await writeWhole(fileOf(keysFolder, key), `${JSON.stringify(x5c)}\n`);
}

export async function readBroughtLeaf(keysFolder: string, key: string): Promise<string[] | undefined> {
  const text = await readOptional(fileOf(keysFolder, key));
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}
