import { CodedError, type Party } from '@holdfast/core';
import type { z } from 'zod';
import { issuerRoutes } from '../../http/issuer/issuer-routes.ts';
import { mattersRoutes } from '../../http/parts/matters-routes.ts';
import { type TenantConfig, tenantSchema } from '../../roles/issuer/config.ts';
import { vctOf } from '../../roles/issuer/tenant.ts';
import { readBroughtLeaf } from '../brought-leaf.ts';
import { listFacts, sourcesBy } from '../facts.ts';
import { ISSUER_KEYS } from '../issuer-keys.ts';
import { composeIssuer } from '../issuing.ts';
import { openDevelopmentCertificates, openKeys } from '../keyring.ts';
import { offerMatters } from '../people.ts';
import type { Platform } from '../platform.ts';
import { openHandlesOf } from '../seeing.ts';
import type { Part, PartPlace } from './part.ts';

/** An issuer in its own words: keys and certificates are made for it. */
export const issuerDescriptionSchema = tenantSchema.pick({ id: true, name: true, types: true });
export type IssuerDescription = z.infer<typeof issuerDescriptionSchema>;

/** The name of the key that it signs credentials with, in its keyring. */
export function credentialKeyOf({ id }: Pick<IssuerDescription, 'id'>): string {
  return `${id}-credential`;
}

/** An issuer alone; any number of processes of it hand out places of the same lists. */
export async function startIssuerPart(place: PartPlace, described: IssuerDescription | undefined): Promise<Part> {
  const { platform, app, operators, logins, stop, started } = place;
  const tenant = await tenantOf(platform, described, place);
  const databaseUrl = await logins.of('issuer');
  const composed = started.use(await composeIssuer(platform, { ...place, databaseUrl, tenants: [tenant] }, stop));
  const { issuer, erasable, follower } = composed;
  issuerRoutes(app, { issuer, keys: operators });
  mattersRoutes(app, { matters: offerMatters(issuer), operators });
  openHandlesOf(app, { platform, operators }, '/handles/issuer', [composed]);
  return {
    name: 'issuer',
    erasables: [erasable],
    state: () => follower.state,
    handoffs: () => issuer.handoffs(),
    facts: [sourcesBy(tenant.id).own('status lists', async () => listFacts(issuer, tenant.id))],
    party: await issuerParty(tenant, place),
    readiness: () =>
      issuer.awaitReady(tenant.id).then(
        () => 'ready',
        (error: unknown) => (error instanceof Error ? error.message : 'not ready'),
      ),
  };
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
  const [credentialKey, statementKey] = [credentialKeyOf(described), `${described.id}-statement`];
  const signer = await openKeys(keysFolder, ISSUER_KEYS);
  const key = await signer.create(credentialKey, 'ES256');
  await signer.create(statementKey, 'ES256');
  const host = new URL(origin).hostname;
  const certificates = await openDevelopmentCertificates(keysFolder, { host, entropy, now: clock.now() });
  const leaf = await certificates.leaf(described.id, key, `${origin}/i/${described.id}`);
  const brought = await readBroughtLeaf(keysFolder, credentialKey);
  return { ...described, x5c: brought ?? [leaf], credentialKey, statementKey };
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
