import { join } from 'node:path';
import { CodedError, encodeVkey, type Rulebook, thumbprint, vkeyOf } from '@holdfast/core';
import { openHomeFolder, readAdminKey, readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { createGenesis, GOVERNOR_KEY } from '../roles/network/genesis.ts';
import { RULEBOOK_TEMPLATES, readRulebookTemplate } from '../spec.ts';
import { GOVERNOR_KEYS } from './governing.ts';
import { openKeys } from './keyring.ts';
import { NETWORK_KEYS } from './network.ts';

export type OwnNetwork = {
  /** Where its network and its governor will run; holds their keys from now on. */
  readonly dataFolder: string;
  /** The public origin. Ids of the network's log and of its parties begin with it, so it stays. */
  readonly origin: string;
  /** Its rules and first officers. Whose log it is and which keys its roles have is filled in. */
  readonly rulebook: Rulebook;
};

export type FoundedNetwork = {
  /** What followers pin: base64url SHA-256 of entry 0. */
  readonly network: string;
  readonly keysFolder: string;
};

/**
 * Makes entry 0 of a network of somebody's own, and the keys of its log, epochs and governor. Officers bring their public keys; none
 * of theirs is made here. A crash in between leaves keys that a repeat takes up, and no network. Throws `data.founded` where there is a
 * network already, `genesis.nobodys-key` for an officer nobody can sign as, `genesis.malformed`.
 */
export async function foundOwnNetwork({ dataFolder, origin, rulebook }: OwnNetwork): Promise<FoundedNetwork> {
  const file = join(dataFolder, 'genesis.jws');
  if ((await readOptional(file)) !== undefined) {
    throw new CodedError('data.founded', `There is a network in ${dataFolder} already; its officers change its rules.`);
  }
  assertSomebodysKeys(rulebook);
  const { keys: keysFolder } = await openHomeFolder(dataFolder, origin);
  await readAdminKey(keysFolder);
  const log = `${new URL(origin).host}/log`;
  const network = await openKeys(keysFolder, NETWORK_KEYS);
  const governor = await openKeys(keysFolder, GOVERNOR_KEYS);
  const genesis = await createGenesis(
    {
      ...rulebook,
      log: { origin: log, vkey: encodeVkey(vkeyOf(log, await network.create('log', 'EdDSA'))) },
      keys: {
        network: await network.create('network', 'ES256'),
        governor: await governor.create(GOVERNOR_KEY, 'ES256'),
      },
    },
    governor,
  );
  await writeWhole(join(dataFolder, 'network'), `${genesis.network}\n`);
  // Last: from here on it is that network and no other.
  await writeWhole(file, `${genesis.statement}\n`);
  return { network: genesis.network, keysFolder };
}

/** Keys of a ready rulebook belong to nobody, and one key for two officers makes one person a quorum. */
function assertSomebodysKeys({ officers }: Rulebook): void {
  const taken = new Set(RULEBOOK_TEMPLATES.flatMap((name) => thumbprintsOf(readRulebookTemplate(name))));
  for (const { id, key } of officers) {
    const print = thumbprint(key);
    if (taken.has(print)) {
      const sentence = `The key of ${id} is nobody's, or another officer's too. Each makes their own: holdfast officer new ${id}.`;
      throw new CodedError('genesis.nobodys-key', sentence, { officer: id });
    }
    taken.add(print);
  }
}

function thumbprintsOf(template: object): readonly string[] {
  return (template as Rulebook).officers.map(({ key }) => thumbprint(key));
}
