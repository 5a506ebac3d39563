import type { PublicJwk } from '@holdfast/core';
import type { KeyFilesSigner } from '../adapters/key-files/signer.ts';
import { furtherNames, nextName } from '../role-keys/key-names.ts';
import type { PreparedKeys } from '../roles/issuer/neighbours.ts';
import { keepBroughtLeaf, readBroughtLeaf } from './brought-leaf.ts';

type Making = {
  readonly signer: KeyFilesSigner;
  readonly keysFolder: string;
  /** The certificate for a new key: made once for each name. */
  readonly leaf: (name: string, key: PublicJwk, tenant: string) => Promise<string>;
};

/**
 * Further credential keys in the issuer's folder of keys: `NAME-2`, `NAME-3`, each sealed, with its certificates in `NAME-2.x5c` beside
 * it. Written last, that file makes it whole; whoever brings certificates from elsewhere puts them there before officers name the key.
 */
export function createPreparedKeys({ signer, keysFolder, leaf }: Making): PreparedKeys {
  const namesOf = async (first: string) => furtherNames(first, await signer.readNames());

  return {
    async read({ credentialKey }) {
      const names = await namesOf(credentialKey);
      const found = await Promise.all(
        names.map(async (name) => ({ name, x5c: await readBroughtLeaf(keysFolder, name) })),
      );
      return found.flatMap(({ name, x5c }) => (x5c === undefined ? [] : [{ name, x5c }]));
    },
    async prepare({ credentialKey, id }, isNamed) {
      const names = await namesOf(credentialKey);
      const last = names.at(-1);
      const isFree = last !== undefined && !isNamed(await signer.readPublicKey(last));
      const name = isFree ? last : nextName(credentialKey, names);
      const key = await signer.create(name, 'ES256');
      const x5c = (await readBroughtLeaf(keysFolder, name)) ?? [await leaf(name, key, id)];
      await keepBroughtLeaf(keysFolder, name, x5c);
      return { name, x5c };
    },
  };
}
