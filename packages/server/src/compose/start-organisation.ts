import { join } from 'node:path';
import { CodedError, type Party } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { openHomeFolder, readAdminKey, readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import { createHttpNetwork } from '../adapters/http-network/http-network.ts';
import { loadRoute } from '../http/admission/load-route.ts';
import { handoffRoutes } from '../http/handoffs.ts';
import { healthRoutes } from '../http/health.ts';
import { issuerRoutes } from '../http/issuer/issuer-routes.ts';
import { hashOperatorKey, type OperatorKeys } from '../http/operators.ts';
import { createHttpServer } from '../http/server.ts';
import { verifierRoutes } from '../http/verifier/verifier-routes.ts';
import { type TenantConfig, tenantSchema } from '../roles/issuer/config.ts';
import { vctOf } from '../roles/issuer/tenant.ts';
import { admitRequests } from './admitting.ts';
import { drainOnClose } from './draining.ts';
import { composeIssuer, ISSUER_KEYS } from './issuing.ts';
import { openDevelopmentCertificates, openKeys } from './keyring.ts';
import { readNetworkName } from './network-name.ts';
import { createSystemPlatform, type Platform } from './platform.ts';
import { createRoleLogins } from './role-logins.ts';
import { listen, reservePort, startDatabase } from './start.ts';
import { composeVerifier, VERDICT_KEY } from './verifier.ts';

/** Roles that an organisation runs against somebody else's network. */
export const ORGANISATION_ROLES = ['verifier', 'issuer'] as const;
export type OrganisationRole = (typeof ORGANISATION_ROLES)[number];

/** An issuer in its own words: keys and certificates are made for it. */
export const issuerDescriptionSchema = tenantSchema.pick({ id: true, name: true, types: true });
export type IssuerDescription = z.infer<typeof issuerDescriptionSchema>;

export type OrganisationStart = {
  readonly port: number;
  readonly origin?: string;
  readonly dataFolder: string;
  readonly databaseUrl?: string;
  readonly networkUrl: string;
  /** Its pinned name; without it the one that answers there the first time is kept, and no other believed from then on. */
  readonly networkName?: string;
  readonly roles: readonly OrganisationRole[];
  readonly verifier: { readonly id: string; readonly name: string };
  readonly issuer?: IssuerDescription;
  readonly follow?: readonly string[];
  readonly logger: Logger;
  readonly report: (words: string) => void;
};

export type Organisation = AsyncDisposable & {
  readonly url: string;
  readonly network: string;
  /** Files that describe its parties: what officers of the network have to accredit. */
  readonly requests: readonly { readonly party: string; readonly file: string }[];
  readonly failed: Promise<unknown>;
};

/**
 * An organisation's own roles against a network that others run: its own keys, data and database. It starts at once; until
 * officers of the network have accredited it, its issuer hands nothing out, and its verdicts count as nobody's.
 */
export async function startOrganisation(options: OrganisationStart): Promise<Organisation> {
  await using started = new AsyncDisposableStack();
  const stop = new AbortController();
  try {
    return await start(options, started, stop);
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}

async function start(
  options: OrganisationStart,
  started: AsyncDisposableStack,
  stop: AbortController,
): Promise<Organisation> {
  const { dataFolder, logger, roles } = options;
  const port = await reservePort(options.port);
  const origin = options.origin ?? `http://localhost:${port}`;
  const home = await openHomeFolder(dataFolder, origin);
  const adminKey = await readAdminKey(home.keys);
  const operators: OperatorKeys = { admin: [hashOperatorKey(adminKey)] };
  const { platform, ...system } = createSystemPlatform(logger);
  started.use(system);
  const network = await pinNetwork(platform, options);
  const databaseUrl = options.databaseUrl ?? (await startDatabase(options, started, stop));
  const source = createHttpNetwork({ url: options.networkUrl, clock: platform.clock });
  const place = { origin, keysFolder: home.keys, network, source, follow: options.follow ?? [] };
  const logins = createRoleLogins(databaseUrl, logger);
  const app = await createHttpServer(logger);
  drainOnClose(app);
  const door = admitRequests(app, { platform, adminKey, operators });
  loadRoute(app, { read: door.read, operators });
  const health: Record<string, () => Promise<string>> = {};
  const parties: Party[] = [];
  if (roles.includes('verifier')) {
    const { role, follower } = started.use(
      await composeVerifier(
        platform,
        { ...place, ...options.verifier, databaseUrl: await logins.ofVerifier(options.verifier.id) },
        stop.signal,
      ),
    );
    verifierRoutes(app, { verifiers: [role], operators, isShed: door.isShed });
    const { webhooks } = role;
    handoffRoutes(app, { sources: webhooks === undefined ? [] : [() => webhooks.handoffs()], operators });
    parties.push(await verifierParty(home.keys, options.verifier));
    health[role.id] = async () => (follower.position === undefined ? 'has read nothing yet' : 'ready');
  }
  if (roles.includes('issuer')) {
    const tenant = await tenantOf(platform, options.issuer, { origin, keysFolder: home.keys });
    const tables = { databaseUrl: await logins.of('issuer') };
    const { issuer } = started.use(
      await composeIssuer(platform, { ...place, ...tables, tenants: [tenant] }, stop.signal),
    );
    issuerRoutes(app, { issuer, keys: operators });
    parties.push(await issuerParty(tenant, { origin, keysFolder: home.keys }));
    health.issuer = () =>
      issuer.awaitReady(tenant.id).then(
        () => 'ready',
        (error: unknown) => (error instanceof Error ? error.message : 'not ready'),
      );
  }
  healthRoutes(app, () => readHealth(health), door.read);
  const requests = await Promise.all(parties.map((party) => writeRequest(dataFolder, party)));
  return open(app, { port, origin, network, requests }, started, stop);
}

async function open(
  app: FastifyInstance,
  { port, origin, ...told }: { port: number; origin: string; network: string; requests: Organisation['requests'] },
  started: AsyncDisposableStack,
  stop: AbortController,
): Promise<Organisation> {
  started.defer(() => stop.abort());
  started.defer(() => app.close());
  await listen(app, port);
  const failed = new Promise<unknown>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(stop.signal.reason), { once: true });
  });
  const running = started.move();
  return { url: origin, ...told, failed, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function readHealth(parts: Readonly<Record<string, () => Promise<string>>>): Promise<Record<string, string>> {
  const read = Object.entries(parts).map(async ([name, part]) => [name, await part()] as const);
  return Object.fromEntries(await Promise.all(read));
}

/** Pinned once: whatever answers at the address later is that network, or is not believed. */
async function pinNetwork(
  { clock }: Platform,
  { dataFolder, networkUrl, networkName }: OrganisationStart,
): Promise<string> {
  const file = join(dataFolder, 'network');
  const pinned = (await readOptional(file))?.trim();
  const name = pinned ?? networkName ?? (await readNetworkName(networkUrl, clock));
  if (networkName !== undefined && networkName !== name) {
    throw new CodedError('data.other-network', `The data in ${dataFolder} belong to the network ${name}.`, { name });
  }
  if (pinned === undefined) await writeWhole(file, `${name}\n`);
  return name;
}

type KeyPlace = { readonly origin: string; readonly keysFolder: string };

async function tenantOf(
  { clock, entropy }: Platform,
  described: IssuerDescription | undefined,
  { origin, keysFolder }: KeyPlace,
): Promise<TenantConfig> {
  if (described === undefined) {
    throw new CodedError('usage.issuer', 'An issuer says who it is and what it issues: --issuer FILE.');
  }
  const [credentialKey, statementKey] = [`${described.id}-credential`, `${described.id}-statement`];
  const signer = await openKeys(keysFolder, ISSUER_KEYS);
  const key = await signer.create(credentialKey, 'ES256');
  await signer.create(statementKey, 'ES256');
  const host = new URL(origin).hostname;
  const certificates = await openDevelopmentCertificates(keysFolder, { host, entropy, now: clock.now() });
  const leaf = await certificates.leaf(described.id, key, `${origin}/i/${described.id}`);
  return { ...described, x5c: [leaf], credentialKey, statementKey };
}

async function issuerParty(tenant: TenantConfig, { origin, keysFolder }: KeyPlace): Promise<Party> {
  const signer = await openKeys(keysFolder, ISSUER_KEYS);
  return {
    id: `${origin}/i/${tenant.id}`,
    kind: 'issuer',
    name: tenant.name,
    keys: [
      { use: 'statement', key: await signer.create(tenant.statementKey, 'ES256') },
      { use: 'credential', key: await signer.create(tenant.credentialKey, 'ES256') },
    ],
    // What it asks for: the officers decide what it gets.
    accreditations: tenant.types.map((type) => {
      return { action: 'issue', type: vctOf({ origin, id: tenant.id }, type), assurance: 'substantial', from: 0 };
    }),
  };
}

async function verifierParty(keysFolder: string, { id, name }: OrganisationStart['verifier']): Promise<Party> {
  const signer = await openKeys(keysFolder, `verifier-${id}`);
  const key = await signer.create(VERDICT_KEY, 'ES256');
  return { id, kind: 'verifier', name, keys: [{ use: 'verdict', key }], accreditations: [] };
}

async function writeRequest(dataFolder: string, party: Party): Promise<{ party: string; file: string }> {
  const file = join(dataFolder, `accredit-${party.kind}.json`);
  await writeWhole(file, `${JSON.stringify(party, null, 2)}\n`);
  return { party: party.id, file };
}
