import { createPastLog, createVerifier, type FeedSource, type Follower, type Policy } from '@holdfast/verifier';
import { createNodeSources } from '@holdfast/verifier/node';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import {
  createPresentationStorePostgres,
  presentationStoreMigrations,
} from '../adapters/postgres/presentation-store.ts';
import { createStandingStorePostgres, standingStoreMigrations } from '../adapters/postgres/standing-store.ts';
import { createVerdictStorePostgres, verdictStoreMigrations } from '../adapters/postgres/verdict-store.ts';
import { createVerifierRole, type VerifierRole } from '../roles/verifier/verifier-role.ts';
import { composeFollower, followerStoreMigrations, openTables, tablesOf } from './following.ts';
import { openDevelopmentCertificates, openKeys } from './keyring.ts';
import type { Platform } from './platform.ts';

export type VerifierPlace = {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
  readonly keysFolder: string;
  readonly databaseUrl: string;
  /** The pinned name of the network that it follows. */
  readonly network: string;
  readonly source: FeedSource;
};

export type ComposedVerifier = AsyncDisposable & { readonly role: VerifierRole; readonly follower: Follower };

export const VERDICT_KEY = 'verdict';
const REQUEST_KEY = 'request';

/** One verifier with a follower, tables, keys and outward connections of its own. */
export async function composeVerifier(
  platform: Platform,
  place: VerifierPlace,
  stop: AbortSignal,
): Promise<ComposedVerifier> {
  const { clock, entropy, engine } = platform;
  const schema = `verifier_${place.id.replaceAll('-', '_')}`;
  const migrations = [
    ...followerStoreMigrations,
    ...verdictStoreMigrations,
    ...presentationStoreMigrations,
    ...standingStoreMigrations,
  ];
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(place.databaseUrl, schema, migrations));
  const signer = await openKeys(place.keysFolder, `verifier-${place.id}`);
  const verdictKey = await signer.create(VERDICT_KEY, 'ES256');
  const requestKey = await signer.create(REQUEST_KEY, 'ES256');
  const certificates = await openDevelopmentCertificates(place.keysFolder, {
    host: new URL(place.origin).hostname,
    entropy,
    now: clock.now(),
  });
  const leaf = await certificates.leaf(`verifier-${place.id}`, requestKey, `${place.origin}/v/${place.id}`);
  const sealer = await createKeyFilesSealer({
    directory: `${place.keysFolder}/verifier-${place.id}`,
    name: 'presentations',
    passphrasePath: `${place.keysFolder}/verifier-${place.id}.passphrase`,
  });
  const { follower, store } = composeFollower(platform, { ...place, database });
  const policy: Policy = { id: place.id, anchors: [], trustedIssuers: [], allowLoopback: true };
  const foreign = await createNodeSources({ policy, engine });
  const past = createPastLog(store, engine);
  const verifier = createVerifier({ follower, past, engine, foreign, policy, clock });
  const role = createVerifierRole({
    config: {
      id: place.id,
      name: place.name,
      origin: place.origin,
      keys: { verdict: { name: VERDICT_KEY, key: verdictKey }, request: { name: REQUEST_KEY, x5c: [leaf] } },
    },
    clock,
    entropy,
    signer,
    store: createVerdictStorePostgres(tablesOf(database)),
    presentations: createPresentationStorePostgres(tablesOf(database)),
    standings: createStandingStorePostgres(tablesOf(database)),
    sealer,
    verifier,
    feed: { follower, past },
  });
  let sweeps: Promise<void> | undefined;
  opened.defer(() => sweeps);
  opened.use(follower);
  await follower.start(stop);
  sweeps = role.runSweeps(stop).catch(() => undefined);
  const parts = opened.move();
  return { role, follower, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
