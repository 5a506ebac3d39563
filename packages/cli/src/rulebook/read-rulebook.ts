import {
  CodedError,
  isJsonObject,
  type JsonObject,
  type Party,
  parseJsonObject,
  type Rulebook,
  rulebookSchema,
} from '@holdfast/core';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { createNetworkClient } from '../network-client.ts';

export function isAddress(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** A rulebook as it stands in a file, or as a network answers with it. Throws `rulebook.malformed`, saying where. */
export async function readRulebook(source: string): Promise<Rulebook> {
  if (isAddress(source)) return parsed(await createNetworkClient({ url: source }).get('/rulebook'), source);
  return parsed(parseJsonObject(await readBounded(source), FILE_BOUNDS), source);
}

/** The same with the officers that there are now: decisions have enrolled some and taken the role of others. */
export async function readWithOfficers(source: string): Promise<Rulebook> {
  const rulebook = await readRulebook(source);
  if (!isAddress(source)) return rulebook;
  const { parties } = (await createNetworkClient({ url: source }).get('/parties')) as unknown as {
    readonly parties: readonly Party[];
  };
  return { ...rulebook, officers: parties.flatMap((party) => officerOf(party, Date.now())) };
}

function officerOf({ id, kind, roles = [], keys, of }: Party, now: number): Rulebook['officers'] {
  const entry = keys.find(
    ({ use, from = 0, until = now + 1, compromised }) =>
      use === 'approval' && from <= now && now < until && compromised === undefined,
  );
  if (kind !== 'officer' || entry === undefined || roles.length === 0) return [];
  return [{ id, roles, key: entry.key, ...(of === undefined ? {} : { of }) }];
}

function parsed(read: JsonObject, source: string): Rulebook {
  const result = rulebookSchema.safeParse(isJsonObject(read.rulebook) ? read.rulebook : read);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  const what = `${where === '' ? 'The whole' : where}: ${issue?.message ?? 'unknown'}`;
  throw new CodedError('rulebook.malformed', `${source} is no rulebook. ${what}.`, { path: where });
}
