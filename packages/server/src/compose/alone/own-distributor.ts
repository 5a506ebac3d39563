import { join } from 'node:path';
import { CodedError, type Party } from '@holdfast/core';
import { z } from 'zod';
import { readOptional, writeWhole } from '../../adapters/home-folder/home-folder.ts';
import { DISTRIBUTOR_KEY, organiserOf } from '../../roles/distributor/config.ts';
import { LEDGER_KEY } from '../../roles/ledger/signed-acceptance.ts';
import { DISTRIBUTOR_KEYS } from '../distributing.ts';
import { openKeys } from '../keyring.ts';
import { LEDGER_KEYS } from '../ledger.ts';
import type { PartPlace } from './part.ts';

/** `distributor.json`: who it is, whom it asks, and whose account it pays from. */
export const distributorDescriptionSchema = z.strictObject({
  id: z.string().min(1).max(500),
  name: z.string().min(1).max(200),
  /** The verifier that it asks. */
  verifier: z.string().min(1).max(100),
  debtor: z.strictObject({
    name: z.string().min(1).max(70),
    iban: z.string().min(1).max(34),
    bic: z.string().min(1).max(11).optional(),
    currency: z.strictObject({ code: z.string().length(3), decimals: z.int().min(0).max(5) }),
  }),
});

/** A distributor in its own words; its id follows from where it answers. */
export const ownDistributorSchema = distributorDescriptionSchema.omit({ id: true });
export type OwnDistributor = z.infer<typeof ownDistributorSchema>;

/**
 * Makes of a description a distributor and its ledger: their keys where there are none, and the files by which they start, also apart
 * from each other later (`holdfast divide`). Safe to repeat with the same description. Throws `data.description` for another one: a
 * distributor is changed by its own file, and its keys by officers.
 */
export async function prepareDistributor(
  { origin, dataFolder, keysFolder }: Pick<PartPlace, 'origin' | 'dataFolder' | 'keysFolder'>,
  described: OwnDistributor,
): Promise<void> {
  const id = organiserOf(origin);
  await writeOnce(dataFolder, 'distributor.json', { id, ...described });
  const caller = await (await openKeys(keysFolder, DISTRIBUTOR_KEYS)).create(DISTRIBUTOR_KEY, 'ES256');
  await (await openKeys(keysFolder, LEDGER_KEYS)).create(LEDGER_KEY, 'ES256');
  await writeOnce(dataFolder, 'ledger.json', { party: id, callers: [caller] });
}

/** The entry that officers accredit; undefined where its ledger's key lies elsewhere: then they know it already. */
export async function distributorParty(
  { keysFolder }: Pick<PartPlace, 'keysFolder'>,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<Party | undefined> {
  const ledger = await openKeys(keysFolder, LEDGER_KEYS);
  if (!(await ledger.readNames()).includes(LEDGER_KEY)) return undefined;
  const own = await openKeys(keysFolder, DISTRIBUTOR_KEYS);
  const keys: Party['keys'] = [
    { use: 'statement', key: await own.readPublicKey(DISTRIBUTOR_KEY) },
    { use: 'acceptance', key: await ledger.readPublicKey(LEDGER_KEY) },
  ];
  return { id, kind: 'distributor', name, keys, accreditations: [] };
}

async function writeOnce(dataFolder: string, file: string, value: object): Promise<void> {
  const path = join(dataFolder, file);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const known = await readOptional(path);
  if (known === text) return;
  if (known !== undefined) {
    const sentence = `${path} says otherwise already. Change that file, and start without --distributor.`;
    throw new CodedError('data.description', sentence);
  }
  await writeWhole(path, text);
}
