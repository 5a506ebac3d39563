import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { algorithmOf, CodedError, type PublicJwk } from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';
import { assertKeyName, isKeyName, keyUnknown, otherAlgorithm } from './key-name.ts';
import { createKeyPair, type KeyPair } from './key-pair.ts';
import { readOrCreatePassphrase } from './passphrase.ts';
import { readPrivateFile, unavailable, writeNewFile } from './private-file.ts';
import { sealKey, unsealKey } from './sealed-key.ts';

export interface KeyFilesSigner extends Signer {
  /**
   * Keeps a key made elsewhere, such as that of a certificate you bring. The same key again is no change; another under
   * a name that is taken throws `key.exists`.
   */
  adopt(name: string, key: KeyPair): Promise<PublicJwk>;
}

const SUFFIX = '.jwe';

/**
 * Keys as sealed files: `<directory>/<name>.jwe`, mode 0600, opened by the passphrase in `passphrasePath` (default:
 * `passphrase` beside the directory, made on first use). Beyond the port's codes it throws `key.file-mode`,
 * `key.file-malformed`, `key.passphrase-wrong`, `key.passphrase-missing` and `key.passphrase-malformed`. A key is opened
 * once and then held in memory.
 */
export async function createKeyFilesSigner(options: {
  readonly directory: string;
  readonly passphrasePath?: string;
}): Promise<KeyFilesSigner> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw unavailable(directory, cause);
  });
  const passphrase = await readOrCreatePassphrase(options.passphrasePath ?? join(directory, '..', 'passphrase'));
  // Bounded by the files there are.
  const opened = new Map<string, Promise<KeyPair>>();

  async function load(name: string): Promise<KeyPair> {
    const text = await readPrivateFile(join(directory, name + SUFFIX));
    if (text === undefined) throw keyUnknown(name);
    return await unsealKey(text, passphrase);
  }

  async function find(name: string): Promise<KeyPair> {
    assertKeyName(name);
    const loading = opened.get(name) ?? load(name);
    opened.set(name, loading);
    try {
      return await loading;
    } catch (error) {
      // A file that was repaired is read again.
      opened.delete(name);
      throw error;
    }
  }

  /** Writes it unless the name is taken, and gives the key that the name then has. */
  async function keep(name: string, key: KeyPair): Promise<KeyPair> {
    await writeNewFile(join(directory, name + SUFFIX), `${await sealKey(key, passphrase)}\n`);
    const kept = await load(name);
    opened.set(name, Promise.resolve(kept));
    return kept;
  }

  return {
    async readNames() {
      const files = await readdir(directory).catch((cause) => {
        throw unavailable(directory, cause);
      });
      return files
        .filter((file) => file.endsWith(SUFFIX))
        .map((file) => file.slice(0, -SUFFIX.length))
        .filter(isKeyName)
        .sort();
    },
    readPublicKey: async (name) => (await find(name)).publicKey,
    sign: async (name, data) => (await find(name)).sign(data),
    async create(name, algorithm) {
      const known = await find(name).catch((error) => {
        if (error.code === 'key.unknown') return undefined;
        throw error;
      });
      const { publicKey } = known ?? (await keep(name, createKeyPair(algorithm)));
      if (algorithmOf(publicKey) !== algorithm) throw otherAlgorithm(name, algorithm);
      return publicKey;
    },
    async adopt(name, key) {
      assertKeyName(name);
      const kept = await keep(name, key);
      if (kept.kid !== key.kid) throw new CodedError('key.exists', `There is another key named ${name}.`, { name });
      return kept.publicKey;
    },
  };
}
