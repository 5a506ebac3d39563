import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import { readOptional } from '../../adapters/home-folder/home-folder.ts';
import { networkRoutes } from '../../http/network/network-routes.ts';
import { networkFacts, sourcesBy } from '../facts.ts';
import { publishFeed } from '../feed-channel.ts';
import { networkGauges } from '../gauges.ts';
import { type ComposedNetwork, composeNetwork, NETWORK_KEYS } from '../network.ts';
import { openTrustDoors } from '../trust-doors.ts';
import { assertOwnKeys } from './own-keys.ts';
import type { Part, PartPlace } from './part.ts';

type NetworkPartPlace = Omit<PartPlace, 'network' | 'source' | 'networkUrl' | 'governorUrl'>;

/** The network alone. It is founded elsewhere, by all who take part in it. Throws `data.no-network`, `data.no-keys`. */
export async function startNetworkPart(place: NetworkPartPlace): Promise<Part & Pick<ComposedNetwork, 'network'>> {
  const { platform, app, operators, logins, stop, started, dataFolder, keysFolder } = place;
  if ((await readOptional(join(dataFolder, 'genesis.jws'))) === undefined) {
    const sentence = `There is no network in ${dataFolder}: found one (up --sample), then holdfast divide.`;
    throw new CodedError('data.no-network', sentence);
  }
  await assertOwnKeys(keysFolder, NETWORK_KEYS, ['log', 'network']);
  const composed = started.use(
    await composeNetwork(
      platform,
      {
        ...{ origin: place.origin, dataFolder, keysFolder, databaseUrl: await logins.of('network') },
        ...{ officers: [], rules: {}, isShared: place.isShared },
      },
      stop,
    ),
  );
  const { network } = composed;
  publishFeed(platform, place, { name: composed.name, network });
  networkRoutes(app, { network, operators });
  openTrustDoors(app, platform, { network, origin: place.origin });
  const readiness = async () => (network.health().status === 'running' ? 'ready' : network.health().status);
  const owner = 'whoever runs the network';
  const quorum = () => network.state.rulebook?.body.witnesses?.quorum ?? 0;
  const facts = [sourcesBy(owner).own('network', async () => networkFacts(network.health(), quorum(), owner))];
  const tickMs = () => network.state.rulebook?.body.tickMs ?? 0;
  const numbers = [() => networkGauges(network.health(), tickMs(), platform.clock.now())];
  return { name: 'network', network, readiness, facts, numbers, state: () => network.state };
}
