import type { Party } from '@holdfast/core';
import { readHandoffs } from '../../http/handoffs.ts';
import { fraudRoutes } from '../../http/network/fraud-routes.ts';
import { roleKeysRoutes } from '../../http/role-keys-routes.ts';
import { erasingRoutes } from '../../http/verifier/erasing-routes.ts';
import { verifierRoutes } from '../../http/verifier/verifier-routes.ts';
import { fraudFacts, sourcesBy } from '../facts.ts';
import { openKeys } from '../keyring.ts';
import { openHandlesOf } from '../seeing.ts';
import { composeVerifier, VERDICT_KEY } from '../verifier.ts';
import type { Part, PartPlace } from './part.ts';

type Named = { readonly id: string; readonly name: string };

/** A verifier alone; any number of processes of it answer from the same evidence. */
export async function startVerifierPart(place: PartPlace, named: Named): Promise<Part> {
  const { platform, app, operators, logins, stop, started } = place;
  const databaseUrl = await logins.ofVerifier(named.id);
  const verifier = started.use(
    await composeVerifier(platform, { ...place, ...named, databaseUrl, governor: { url: place.governorUrl } }, stop),
  );
  const { role, follower, erasable } = verifier;
  verifierRoutes(app, { verifiers: [role], operators, isShed: place.isShed });
  erasingRoutes(app, { verifiers: new Map([[named.id, erasable]]), operators });
  roleKeysRoutes(app, { path: `/v/${named.id}/keys`, keys: verifier.keys, operators });
  fraudRoutes(app, verifier);
  openHandlesOf(app, { platform, operators }, `/v/${named.id}/handles`, [verifier]);
  const { webhooks } = role;
  return {
    name: named.id,
    owner: named.id,
    factsPath: `/v/${named.id}/facts`,
    facts: [sourcesBy(named.id).stored('fraud proofs', () => fraudFacts(verifier.fraud, named.id))],
    party: await verifierParty(place.keysFolder, named),
    state: () => follower.state,
    handoffs: () => readHandoffs([verifier.filed, ...(webhooks === undefined ? [] : [() => webhooks.handoffs()])]),
    readiness: async () => (follower.position === undefined ? 'has read nothing yet' : 'ready'),
  };
}

async function verifierParty(keysFolder: string, { id, name }: Named): Promise<Party> {
  const signer = await openKeys(keysFolder, `verifier-${id}`);
  const key = await signer.create(VERDICT_KEY, 'ES256');
  return { id, kind: 'verifier', name, keys: [{ use: 'verdict', key }], accreditations: [] };
}
