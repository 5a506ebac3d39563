import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, encodeUtf8 } from '@holdfast/core';
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { Sealer } from '../../ports/sealer.ts';
import { createMemorySealer } from '../memory/sealer.ts';
import { assertKeyName } from './key-name.ts';
import { readOrCreatePassphrase } from './passphrase.ts';
import { readPrivateFile, unavailable, writeNewFile } from './private-file.ts';

export type KeyFilesSealerOptions = {
  /** Where the key files lie. */
  readonly directory: string;
  /** `verifier-north`: whoever seals has a key of its own, so that erasing one key erases what one role has kept. */
  readonly name: string;
  /** Default: `passphrase` beside the directory, as for the signer's keys. */
  readonly passphrasePath?: string;
};

const KEY_BYTES = 32;
const SUFFIX = '.sealer';
const ALGORITHM = 'PBES2-HS512+A256KW';
const ENCRYPTION = 'A256GCM';
/** The passphrase has 256 random bits; rounds against guessing would only slow the start. */
const ITERATIONS = 10_000;
const MAX_ITERATIONS = 5_000_000;

/**
 * A sealer whose key lies in `<directory>/<name>.sealer`, mode 0600, a compact JWE under the passphrase of the key files;
 * made at first use. Of processes that start at once one makes the key and all use it. Throws `key.file-mode`,
 * `key.file-malformed`, `key.passphrase-wrong`, `key.unavailable`, and what the passphrase's file throws. Whoever loses
 * file or passphrase loses everything sealed with it: that is also how to erase it for good.
 */
export async function createKeyFilesSealer(options: KeyFilesSealerOptions): Promise<Sealer> {
  const { directory, name } = options;
  assertKeyName(name);
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw unavailable(directory, cause);
  });
  const passphrase = await readOrCreatePassphrase(options.passphrasePath ?? join(directory, '..', 'passphrase'));
  const path = join(directory, name + SUFFIX);
  if ((await readPrivateFile(path)) === undefined) {
    await writeNewFile(path, `${await encryptKey(randomBytes(KEY_BYTES), passphrase)}\n`);
  }
  return createMemorySealer(await decryptKey((await readPrivateFile(path)) ?? '', passphrase));
}

async function encryptKey(key: Uint8Array, passphrase: string): Promise<string> {
  return await new CompactEncrypt(key)
    .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, cty: 'octet-stream' })
    .setKeyManagementParameters({ p2c: ITERATIONS })
    .encrypt(encodeUtf8(passphrase));
}

async function decryptKey(text: string, passphrase: string): Promise<Uint8Array> {
  const parts = text.trim().split('.');
  // Key, nonce, text and tag have fixed lengths; a file that was cut short shows it here.
  if (
    parts
      .map(({ length }) => length)
      .slice(1)
      .join() !== '54,16,43,22'
  )
    throw malformed();
  try {
    const { plaintext } = await compactDecrypt(text.trim(), encodeUtf8(passphrase), {
      keyManagementAlgorithms: [ALGORITHM],
      contentEncryptionAlgorithms: [ENCRYPTION],
      maxPBES2Count: MAX_ITERATIONS,
    });
    return plaintext;
  } catch {
    // Without the cause: it may quote what was decrypted.
    throw new CodedError(
      'key.passphrase-wrong',
      'This key does not open with this passphrase, or its file was changed.',
    );
  }
}

function malformed(): CodedError {
  return new CodedError('key.file-malformed', 'This file is no sealed key, or only a part of one.');
}
