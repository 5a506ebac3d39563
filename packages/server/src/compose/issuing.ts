import type { PublicJwk } from '@holdfast/core';
import type { FeedSource, Follower } from '@holdfast/verifier';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import { createIssuerStorePostgres } from '../adapters/postgres/issuer-store.ts';
import type { Erasable } from '../ports/erasable.ts';
import type { Network } from '../ports/network.ts';
import type { TenantConfig } from '../roles/issuer/config.ts';
import { createIssuerErasing } from '../roles/issuer/erasing.ts';
import { createIssuer, type Issuer } from '../roles/issuer/issuer.ts';
import { issuerIdOf } from '../roles/issuer/tenant.ts';
import type { HandleKeeper } from '../seeing/unsealing.ts';
import { poolOf } from './bounds.ts';
import { composeFollower, openTables, tablesOf } from './following.ts';
import { ISSUER_KEYS } from './issuer-keys.ts';
import { openDevelopmentCertificates, openKeys } from './keyring.ts';
import type { Platform } from './platform.ts';
import { createPreparedKeys } from './prepared-keys.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { signalsOf, troubleOf } from './seeing.ts';

export type IssuerPlace = {
  readonly origin: string;
  readonly tenants: readonly TenantConfig[];
  readonly keysFolder: string;
  readonly databaseUrl: string;
  readonly network: string;
  readonly source: FeedSource & Pick<Network, 'append'>;
};

export type ComposedIssuer = AsyncDisposable & {
  readonly issuer: Issuer;
  readonly follower: Follower;
  readonly erasable: Erasable;
  readonly handles: HandleKeeper;
};

export async function composeIssuer(
  platform: Platform,
  place: IssuerPlace,
  stop: AbortSignal,
): Promise<ComposedIssuer> {
  const { clock, entropy, engine } = platform;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(place.databaseUrl, 'issuer', ROLE_TABLES.issuer, poolOf(platform)));
  const { follower } = composeFollower(platform, { ...place, name: 'issuer', database });
  opened.use(follower);
  await follower.start(stop);
  const sealer = await createKeyFilesSealer({
    directory: `${place.keysFolder}/${ISSUER_KEYS}`,
    name: 'claims',
    passphrasePath: `${place.keysFolder}/${ISSUER_KEYS}.passphrase`,
  });
  const store = createIssuerStorePostgres(tablesOf(database));
  const signer = await openKeys(place.keysFolder, ISSUER_KEYS);
  const issuer = await createIssuer({
    clock,
    entropy,
    engine,
    signer,
    prepared: createPreparedKeys({ signer, keysFolder: place.keysFolder, leaf: leafBy(platform, place) }),
    sealer,
    store,
    network: place.source,
    follower,
    config: { origin: place.origin, tenants: [...place.tenants] },
    report: troubleOf(platform, 'issuer'),
    signals: signalsOf(platform),
  });
  opened.use(issuer);
  const erasable = createIssuerErasing({ store, digestOf: (tenant, label) => issuer.digestOfLabel(tenant, label) });
  const parts = opened.move();
  const handles = { role: 'issuer', sealer };
  return { issuer, follower, erasable, handles, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** By the development authority of the data folder; see `createPreparedKeys` for others. */
function leafBy({ clock, entropy }: Platform, { origin, keysFolder }: IssuerPlace) {
  return async (name: string, key: PublicJwk, tenant: string): Promise<string> => {
    const host = new URL(origin).hostname;
    const certificates = await openDevelopmentCertificates(keysFolder, { host, entropy, now: clock.now() });
    return certificates.leaf(name, key, issuerIdOf(origin, tenant));
  };
}
