import { join } from 'node:path';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { ISSUER_KEYS } from './issuing.ts';

/** Where the certificates lie that were brought for a key of the issuer, instead of a development leaf. */
const fileOf = (keysFolder: string, key: string) => join(keysFolder, ISSUER_KEYS, `${key}.x5c`);

export async function keepBroughtLeaf(keysFolder: string, key: string, x5c: readonly string[]): Promise<void> {
  await writeWhole(fileOf(keysFolder, key), `${JSON.stringify(x5c)}\n`);
}

export async function readBroughtLeaf(keysFolder: string, key: string): Promise<string[] | undefined> {
  const text = await readOptional(fileOf(keysFolder, key));
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}
