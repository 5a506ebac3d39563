import { join } from 'node:path';
import {
  CodedError,
  canonicalJson,
  encodeBase64url,
  encodeUtf8,
  encodeVkey,
  parseLineage,
  type Rulebook,
  rulebookSchema,
  sha256,
  vkeyOf,
  type Witnesses,
} from '@holdfast/core';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { createLogMarkFile } from '../adapters/home-folder/log-mark.ts';
import { createHttpWitness } from '../adapters/http-witness/http-witness.ts';
import { openLogStorePostgres } from '../adapters/postgres/log-store.ts';
import type { LogMark } from '../ports/log-mark.ts';
import type { Witness } from '../ports/witness.ts';
import { createGenesis } from '../roles/network/genesis.ts';
import { createMarkedLogStore } from '../roles/network/marked-store.ts';
import { createNetwork, type NetworkRole } from '../roles/network/network-role.ts';
import { sampleRulebook } from '../sample/rulebook.ts';
import { networkBoundsOf, poolOf } from './bounds.ts';
import { openTables, tablesOf } from './following.ts';
import { openFormerLogs } from './former-logs.ts';
import { GOVERNOR_KEYS } from './governing.ts';
import { openKeys } from './keyring.ts';
import { APPROVAL_KEY } from './officer-desk.ts';
import type { Platform } from './platform.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { signalsOf, troubleOf } from './seeing.ts';
import { readSucceeded, takeSuccession } from './succession.ts';

export type NetworkPlace = {
  readonly origin: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly databaseUrl: string;
  readonly officers: readonly string[];
  /** Officers besides those, who judge. */
  readonly judges?: readonly { readonly id: string; readonly roles: readonly string[] }[];
  readonly rules: FoundingRules;
  /** Text of a succession that officers have approved: the network goes on in a new log. */
  readonly succession?: string;
  /** Other processes of this network may run: what they append is shown here too. */
  readonly isShared?: boolean;
};

/** How soon a revocation that one process has recorded is on the feed of the others. */
const WATCH_EVERY_MS = 100;

/** What whoever founds a network may have otherwise than the sample: all of it later by amendments too. */
export type FoundingRules = Partial<
  Pick<
    Rulebook,
    'title' | 'tickMs' | 'powers' | 'classes' | 'freshness' | 'profiles' | 'notice' | 'witnesses' | 'cases'
  >
>;

export type ComposedNetwork = AsyncDisposable & { readonly network: NetworkRole; readonly name: string };

/** The holder of the network's keys in the keyring. */
export const NETWORK_KEYS = 'network';

export async function composeNetwork(
  platform: Platform,
  place: NetworkPlace,
  stop: AbortSignal,
): Promise<ComposedNetwork> {
  const { clock, engine } = platform;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(place.databaseUrl, 'network', ROLE_TABLES.network, poolOf(platform)));
  const signer = await openKeys(place.keysFolder, NETWORK_KEYS);
  await signer.create('log', 'EdDSA');
  await signer.create('network', 'ES256');
  if (place.succession !== undefined) await bringSuccession(place, place.succession, platform);
  const succeeded = await readSucceeded(place);
  const genesis = succeeded === undefined ? await readOrFoundGenesis(place) : parseLineage(succeeded.lineage).genesis;
  const at = succeeded?.place ?? 0;
  const { store, snapshots } = await openLogStorePostgres(tablesOf(database), at);
  const mark = logMarkOf(place.dataFolder, at);
  const network = createNetwork({
    clock,
    engine,
    signer,
    store: createMarkedLogStore(store, mark),
    snapshots,
    genesis: succeeded?.opening ?? genesis,
    ...(succeeded === undefined ? {} : { predecessor: succeeded.predecessor, lineage: succeeded.lineage }),
    former: await openFormerLogs(database, {
      place: at,
      dataFolder: place.dataFolder,
      report: troubleOf(platform, 'network'),
    }),
    openWitness,
    bounds: { ...networkBoundsOf(platform), ...(place.isShared === true ? { watchMs: WATCH_EVERY_MS } : {}) },
    report: troubleOf(platform, 'network'),
    signals: signalsOf(platform),
  });
  opened.use(network);
  await network.start(stop);
  assertWitnesses(network, place.rules.witnesses);
  const parts = opened.move();
  return {
    network,
    name: encodeBase64url(sha256(encodeUtf8(genesis))),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** How far the network's log in this place has been shown. */
export function logMarkOf(dataFolder: string, place: number): LogMark {
  return createLogMarkFile(join(dataFolder, place === 0 ? 'log-mark.json' : `log-mark-${place}.json`));
}

/** Beyond this machine only where nobody on the way can answer for it; what it says is checked all the same. */
function openWitness(url: string): Witness {
  const { protocol, hostname } = new URL(url);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || isLoopback) return createHttpWitness({ url });
  const refused = () => new CodedError('witness.unreachable', 'A witness beyond this machine is asked by https only.');
  return { addCheckpoint: () => Promise.reject(refused()) };
}

/** Rules change by a decision of the officers, and never by how a process was started. Throws `network.other-witnesses`. */
function assertWitnesses({ state }: NetworkRole, asked: Witnesses | undefined): void {
  const bodies = [state.rulebook?.body, ...state.scheduled.map(({ body }) => body)];
  const isNamed = bodies.some((body) => canonicalJson(body?.witnesses ?? null) === canonicalJson(asked ?? null));
  if (asked === undefined || isNamed) return;
  throw new CodedError(
    'network.other-witnesses',
    'This network is there already, with other witnesses. Its officers name them: holdfast decide name-witnesses.',
  );
}

async function bringSuccession(place: NetworkPlace, text: string, { engine }: Platform): Promise<void> {
  const file = join(place.dataFolder, 'genesis.jws');
  const genesis = (await readOptional(file))?.trim();
  const taken = await takeSuccession(text, { ...place, genesis }, engine);
  // Where only keys are left: what the network is named after.
  if (genesis === undefined) await writeWhole(file, `${taken}\n`);
}

/**
 * Entry 0 of the sample network: made once and kept, because its digest is the network's name. Kept before it is
 * appended, so that a crash between the two founds no second network.
 */
async function readOrFoundGenesis(place: NetworkPlace): Promise<string> {
  const file = join(place.dataFolder, 'genesis.jws');
  const known = await readOptional(file);
  if (known !== undefined) return known.trim();
  const { statement } = await createGenesis(
    await firstRulebook(place),
    await openKeys(place.keysFolder, GOVERNOR_KEYS),
  );
  await writeWhole(file, `${statement}\n`);
  return statement;
}

async function firstRulebook({ origin, keysFolder, officers, judges = [], rules }: NetworkPlace): Promise<Rulebook> {
  const logOrigin = `${new URL(origin).host}/log`;
  const network = await openKeys(keysFolder, NETWORK_KEYS);
  const governor = await openKeys(keysFolder, GOVERNOR_KEYS);
  const logKey = await network.create('log', 'EdDSA');
  const approvalKey = async (id: string) => (await openKeys(keysFolder, id)).create(APPROVAL_KEY, 'ES256');
  const sample = sampleRulebook({
    origin: logOrigin,
    logVkey: encodeVkey(vkeyOf(logOrigin, logKey)),
    networkKey: await network.create('network', 'ES256'),
    governorKey: await governor.create('governor', 'ES256'),
    officers: await Promise.all(officers.map(async (id) => ({ id, key: await approvalKey(id) }))),
    judges: await Promise.all(judges.map(async (judge) => ({ ...judge, key: await approvalKey(judge.id) }))),
  });
  const founded = rulebookSchema.safeParse({ ...sample, ...rules });
  if (founded.success) return founded.data;
  const [issue] = founded.error.issues;
  throw new CodedError('rulebook.malformed', `This is not a rulebook: ${issue?.path.join('.')}: ${issue?.message}.`);
}
