import { join } from 'node:path';
import { createHttpLedger } from '../../adapters/http-ledger/http-ledger.ts';
import type { Debtor } from '../../adapters/iso20022/debtor.ts';
import { distributorRoutes } from '../../http/distributor/distributor-routes.ts';
import { readHandoffs } from '../../http/handoffs.ts';
import { mattersRoutes } from '../../http/parts/matters-routes.ts';
import { roleKeysRoutes } from '../../http/role-keys-routes.ts';
import type { RoleKeys } from '../../role-keys/role-keys.ts';
import { DISTRIBUTOR_KEY } from '../../roles/distributor/config.ts';
import { composeDistributor, DISTRIBUTOR_KEYS, readReveals, revealTo } from '../distributing.ts';
import { keySource } from '../facts.ts';
import { applicationMatters } from '../people.ts';
import { readDescription } from './description.ts';
import { distributorDescriptionSchema, distributorParty } from './own-distributor.ts';
import { assertOwnKeys } from './own-keys.ts';
import type { Part, PartPlace } from './part.ts';

export type DistributorNeighbours = {
  /** Where its ledger and its verifier answer, and the operator's key of that verifier. */
  readonly ledgerUrl: string;
  readonly verifierUrl: string;
  readonly verifierKey: string;
  readonly drandUrls: readonly string[];
};

/** The distributor alone; several processes of it take in together and work in turn. */
export async function startDistributorPart(place: PartPlace, neighbours: DistributorNeighbours): Promise<Part> {
  const { platform, app, operators, logins, stop, started, dataFolder, keysFolder } = place;
  const { id, name, verifier, debtor } = await readDescription(
    dataFolder,
    'distributor.json',
    distributorDescriptionSchema,
  );
  await assertOwnKeys(keysFolder, DISTRIBUTOR_KEYS, [DISTRIBUTOR_KEY]);
  const { clock } = platform;
  const party = await distributorParty(place, { id, name });
  const ledger = (keys: RoleKeys, accepting: () => string | undefined) =>
    createHttpLedger({ url: neighbours.ledgerUrl, party: id, clock, keys, accepting });
  const composed = started.use(
    await composeDistributor(
      platform,
      {
        ...{ ...place, id, name, ledger, databaseUrl: await logins.of('distributor') },
        governor: { url: place.governorUrl },
        drandUrls: neighbours.drandUrls,
        bank: { folder: join(dataFolder, 'bank'), debtor: debtor as Debtor },
        verifier: { id: verifier, url: neighbours.verifierUrl, operatorKey: neighbours.verifierKey },
      },
      stop,
    ),
  );
  const { distributor, beacon, follower } = composed;
  roleKeysRoutes(app, { path: '/keys/distributor', keys: composed.keys, operators });
  mattersRoutes(app, { matters: applicationMatters(distributor), operators });
  distributorRoutes(app, {
    distributor,
    operators,
    reveal: (record, reveal) => revealTo(beacon, record, reveal),
    reveals: (record) => readReveals(beacon, record, { logTime: follower.state.time, clockTime: clock.now() }),
  });
  return {
    name: 'distributor',
    owner: id,
    facts: [keySource('distributor', id, composed.keys)],
    erasables: [composed.erasable],
    ...(party === undefined ? {} : { party }),
    readiness: async () => (follower.position === undefined ? 'has read nothing yet' : 'ready'),
    state: () => follower.state,
    backlogs: distributor.backlogs,
    handoffs: () => readHandoffs([() => distributor.handoffs(), composed.filed]),
    work: composed.work,
  };
}
