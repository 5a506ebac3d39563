import { isCodedError, isJsonObject, type Json, type JsonObject } from '@holdfast/core';
import type { NetworkClient } from './network-client.ts';
import type { Proposal } from './officer-desk.ts';

/** What one role calls a credential in what it tells, month by month; or why it does not say it. */
export type RoleHandles =
  | { readonly role: string; readonly handles: JsonObject }
  | { readonly role: string; readonly why: string };

const MONTHS = 12;
const MAX_ATTEMPTS = 20;
const PAUSE_MS = 500;

/** Asks the roles of a network, once the decision is carried out; undefined before. */
export async function fetchHandles(
  client: NetworkClient,
  { json }: Pick<Proposal, 'json'>,
  now = new Date(),
): Promise<readonly RoleHandles[] | undefined> {
  if (json.state !== 'carried-out') return undefined;
  const { openings } = await client.get(`/decisions/${json.id}/openings`);
  const [leaf] = isJsonObject(openings) && Array.isArray(openings.targets) ? (openings.targets as Json[]) : [];
  if (!isJsonObject(leaf) || !isJsonObject(leaf.value)) return undefined;
  const asked = { salt: leaf.salt ?? '', ...leaf.value, months: monthsUntil(now) };
  const answers = await Promise.all((await doorsOf(client)).map((door) => ask(client, door, asked)));
  return answers.flat();
}

type Door = { readonly role: string; readonly path: string };

/** Issuer and governor at one door, each verifier at its own. */
async function doorsOf(client: NetworkClient): Promise<readonly Door[]> {
  const { read } = await client.get('/overview').catch((): JsonObject => ({}));
  const verifiers = isJsonObject(read) && Array.isArray(read.verifiers) ? (read.verifiers as Json[]) : [];
  const ids = verifiers.flatMap((verifier) => (isJsonObject(verifier) ? [String(verifier.id)] : []));
  return [
    { role: 'governor, issuer', path: '/handles' },
    ...ids.map((id) => ({ role: id, path: `/v/${encodeURIComponent(id)}/handles` })),
  ];
}

/** One that has not read the decision yet is asked again for a while. */
async function ask(client: NetworkClient, { role, path }: Door, asked: JsonObject): Promise<readonly RoleHandles[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { roles, silent = [] } = await client.post(path, asked);
      const away = (silent as string[]).map((one) => ({ role: one, why: 'It does not answer.' }));
      return [...(roles as unknown as readonly RoleHandles[]), ...away];
    } catch (error) {
      const isBehind = isCodedError(error) && error.code === 'handles.not-decided';
      if (isBehind && attempt < MAX_ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      else return [{ role, why: error instanceof Error ? error.message : 'It does not answer.' }];
    }
  }
}

function monthsUntil(now: Date): string[] {
  return Array.from({ length: MONTHS }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}

/** This month's of each role: what to look for in traces and lines. */
export function handleLines(said: readonly RoleHandles[]): readonly string[] {
  return said.map((one) => {
    if ('why' in one) return `  ${one.role.padEnd(18)} ${one.why}`;
    const [month, handle] = Object.entries(one.handles).toSorted(([a], [b]) => (a < b ? 1 : -1))[0] ?? [];
    return `  ${one.role.padEnd(18)} ${handle} in ${month}`;
  });
}
