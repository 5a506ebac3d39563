import type { PublicJwk } from '@holdfast/core';
import type { KeyFilesSigner } from '../adapters/key-files/signer.ts';
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
  async function namesOf(first: string): Promise<readonly string[]> {
    const names = (await signer.readNames()).filter((name) => placeOf(first, name) > 1);
    return names.sort((a, b) => placeOf(first, a) - placeOf(first, b));
  }

  return {
    async read({ credentialKey }) {
      const names = await namesOf(credentialKey);
      const found = await Promise.all(
        names.map(async (name) => ({ name, x5c: await readBroughtLeaf(keysFolder, name) })),
      );
      return found.flatMap(({ name, x5c }) => (x5c === undefined ? [] : [{ name, x5c }]));
    },
    async prepare({ credentialKey, id }, isNamed) {
      const last = (await namesOf(credentialKey)).at(-1);
      const isFree = last !== undefined && !isNamed(await signer.readPublicKey(last));
      const next = last === undefined ? 2 : placeOf(credentialKey, last) + 1;
      const name = isFree ? last : `${credentialKey}-${next}`;
      const key = await signer.create(name, 'ES256');
      const x5c = (await readBroughtLeaf(keysFolder, name)) ?? [await leaf(name, key, id)];
      await keepBroughtLeaf(keysFolder, name, x5c);
      return { name, x5c };
    },
  };
}

/** 2 for the second key of this issuer, and so on; 0 for what is none of them. */
function placeOf(first: string, name: string): number {
  const place = name.startsWith(`${first}-`) ? name.slice(first.length + 1) : '';
  return /^[1-9][0-9]{0,5}$/.test(place) ? Number(place) : 0;
}
