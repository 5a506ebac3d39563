import { randomBytes } from 'node:crypto';
import { CodedError } from '@holdfast/core';
import { readPrivateFile, writeNewFile } from './private-file.ts';

/** 256 random bits as base64url: what seals keys that no person has to remember. */
export function createPassphrase(): string {
  return randomBytes(32).toString('base64url');
}

/** Throws `key.passphrase-missing`, `key.passphrase-malformed` when the file is empty, or `key.file-mode`. */
export async function readPassphrase(path: string): Promise<string> {
  const text = await readPrivateFile(path);
  if (text === undefined) {
    throw new CodedError('key.passphrase-missing', 'The file with the passphrase of the keys is not there.', { path });
  }
  const passphrase = text.trim();
  if (passphrase === '') {
    throw new CodedError('key.passphrase-malformed', 'The file with the passphrase of the keys is empty.', { path });
  }
  return passphrase;
}

/** The passphrase in this file, which is made first, with mode 0600, if it is not there. Safe to call at once from many. */
export async function readOrCreatePassphrase(path: string): Promise<string> {
  if ((await readPrivateFile(path)) === undefined) await writeNewFile(path, `${createPassphrase()}\n`);
  return await readPassphrase(path);
}
