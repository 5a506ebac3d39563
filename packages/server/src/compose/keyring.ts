import { join } from 'node:path';
import type { PublicJwk } from '@holdfast/core';
import { createDevelopmentCa, issueLeaf } from '../adapters/development-ca/development-ca.ts';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { createKeyFilesSigner, type KeyFilesSigner } from '../adapters/key-files/signer.ts';
import type { Entropy } from '../ports/entropy.ts';

const YEAR_MS = 365 * 86_400_000;
const DAY_MS = 86_400_000;

/** Each holder of keys has a folder and a passphrase of its own, so that opening one opens no other. */
export function openKeys(keysFolder: string, holder: string): Promise<KeyFilesSigner> {
  return createKeyFilesSigner({
    directory: join(keysFolder, holder),
    passphrasePath: join(keysFolder, `${holder}.passphrase`),
  });
}

export type DevelopmentCertificates = {
  /** base64 of the DER: the anchor that strangers would pin. */
  readonly ca: string;
  /** A leaf for one key: made once and kept, as what it signed goes on naming it. */
  readonly leaf: (name: string, key: PublicJwk, uri: string) => Promise<string>;
};

/** The development certificate authority of this data folder: made on first use, then always the same. */
export async function openDevelopmentCertificates(
  keysFolder: string,
  options: { readonly host: string; readonly entropy: Entropy; readonly now: number },
): Promise<DevelopmentCertificates> {
  const signer = await openKeys(keysFolder, 'development-ca');
  await signer.create('ca', 'ES256');
  const authority = { signer, keyName: 'ca', entropy: options.entropy };
  const notBefore = options.now - DAY_MS;
  const once = async (name: string, create: () => Promise<{ readonly text: string }>) => {
    const file = join(keysFolder, 'development-ca', `${name}.crt`);
    const known = await readOptional(file);
    if (known !== undefined) return known.trim();
    const { text } = await create();
    await writeWhole(file, `${text}\n`);
    return text;
  };
  const ca = await once('ca', () =>
    createDevelopmentCa(authority, { name: 'Holdfast', notBefore, notAfter: options.now + 20 * YEAR_MS }),
  );
  return {
    ca,
    leaf: (name, key, uri) =>
      once(name, () =>
        issueLeaf(authority, Buffer.from(ca, 'base64'), {
          name,
          key,
          host: options.host,
          uri,
          notBefore,
          notAfter: options.now + 10 * YEAR_MS,
        }),
      ),
  };
}
