import { algorithmOf } from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';
import { assertKeyName, keyUnknown, otherAlgorithm } from '../key-files/key-name.ts';
import { createKeyPair, type KeyPair, keyPairFromSeed } from '../key-files/key-pair.ts';

/** Where keys lie while the process lives; given to a second signer, they have survived its restart. */
export type MemoryKeys = Map<string, KeyPair>;

/**
 * Keys in memory. With a `seed`, the same name gets the same key in every run; signatures by ES256 keys differ all the
 * same, for OpenSSL chooses a fresh nonce each time.
 */
export function createMemorySigner(options: { readonly seed?: string; readonly keys?: MemoryKeys } = {}): Signer {
  const { seed } = options;
  const keys = options.keys ?? new Map<string, KeyPair>();

  function find(name: string): KeyPair {
    assertKeyName(name);
    const key = keys.get(name);
    if (key === undefined) throw keyUnknown(name);
    return key;
  }

  return {
    readNames: async () => [...keys.keys()].sort(),
    readPublicKey: async (name) => find(name).publicKey,
    sign: async (name, data) => find(name).sign(data),
    async create(name, algorithm) {
      assertKeyName(name);
      const known = keys.get(name);
      const key =
        known ?? (seed === undefined ? createKeyPair(algorithm) : keyPairFromSeed(`${seed} ${name}`, algorithm));
      if (algorithmOf(key.publicKey) !== algorithm) throw otherAlgorithm(name, algorithm);
      keys.set(name, key);
      return key.publicKey;
    },
  };
}
