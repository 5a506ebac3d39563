import {
  CodedError,
  isJsonObject,
  type JsonObject,
  keysInForce,
  type Party,
  type Rulebook,
  rulebookSchema,
} from '@holdfast/core';
import { readJsonObject } from '../json-file.ts';
import { createNetworkClient, type NetworkClient } from '../network-client.ts';

export function isAddress(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** A rulebook as it stands in a file, or as a network answers with it. Throws `rulebook.malformed`, saying where. */
export async function readRulebook(source: string): Promise<Rulebook> {
  if (isAddress(source)) return parsed(await createNetworkClient({ url: source }).get('/rulebook'), source);
  return parsed(await readJsonObject(source), source);
}

/** The same with the officers that there are now at an address: its own, or that of the network it is meant for. */
export async function readWithOfficers(source: string, network?: string): Promise<Rulebook> {
  const rulebook = await readRulebook(source);
  const place = network ?? (isAddress(source) ? source : undefined);
  return place === undefined ? rulebook : withPresentOfficers(rulebook, createNetworkClient({ url: place }));
}

/** Decisions have enrolled some and taken the role of others since a rulebook named the first ones. */
export async function withPresentOfficers(rulebook: Rulebook, client: Pick<NetworkClient, 'get'>): Promise<Rulebook> {
  const { parties } = (await client.get('/parties')) as unknown as { readonly parties: readonly Party[] };
  return { ...rulebook, officers: parties.flatMap((party) => officerOf(party, Date.now())) };
}

function officerOf(party: Party, now: number): Rulebook['officers'] {
  const { id, kind, roles = [], of } = party;
  const [key] = keysInForce(party, 'approval', now);
  if (kind !== 'officer' || key === undefined || roles.length === 0) return [];
  return [{ id, roles, key, ...(of === undefined ? {} : { of }) }];
}

function parsed(read: JsonObject, source: string): Rulebook {
  const result = rulebookSchema.safeParse(isJsonObject(read.rulebook) ? read.rulebook : read);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  const what = `${where === '' ? 'The whole' : where}: ${issue?.message ?? 'unknown'}`;
  throw new CodedError('rulebook.malformed', `${source} is no rulebook. ${what}.`, { path: where });
}
