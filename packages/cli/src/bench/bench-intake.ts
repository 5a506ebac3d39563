import { join } from 'node:path';
import { atLeast, createFigure, type Figure, median } from './figure.ts';
import { startBenchEngine } from './load/bench-engine.ts';
import { startGenerator } from './load/generator.ts';
import { startNetworkUnderLoad } from './load/network-under-load.ts';
import { startPeer } from './load/peer.ts';

const ROUNDS = 5;
const SECONDS = 3;
const CLIENTS = 64;
/** Eight applications each is what a program takes: room for 2,600 a second in all rounds. */
const HOLDERS = 6_000;
/** Of a key that has applied often enough: from then on it is not intake that is measured. */
const TOO_OFTEN = '429';

/**
 * `holdfast bench intake`: applications accepted over HTTP by a whole network, durable and each answered with a signed
 * acknowledgement, beside an echo of the same bodies behind the same schema; in turns, without any artificial capacity.
 */
export async function benchIntake(databaseUrl?: string): Promise<Figure[]> {
  await using engine = await startBenchEngine(databaseUrl);
  using generator = startGenerator();
  await using network = await startNetworkUnderLoad(join(engine.folder, 'network'), engine.url, false, HOLDERS);
  using peer = await startPeer(engine.url, false);
  const rounds: { readonly ours: number; readonly echo: number }[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    await generator.aim(network.target);
    const ours = await generator.closed(CLIENTS, SECONDS);
    if (ours.statuses[TOO_OFTEN] !== undefined)
      throw new Error('this machine takes in more than the bench has holders for');
    await generator.aim({ ...network.target, shape: 'echo', port: peer.echo });
    const echo = await generator.closed(CLIENTS, SECONDS);
    // The first is for warming up.
    if (round > 0) rounds.push({ ours: ours.perSecond, echo: echo.perSecond });
  }
  return [
    createFigure('applications accepted over HTTP, durable and signed for', 'applications/s', atLeast(0.4), {
      ours: median(rounds.map(({ ours }) => ours)),
      name: 'Fastify echo behind the same schema',
      other: median(rounds.map(({ echo }) => echo)),
      ratio: median(rounds.map(({ ours, echo }) => ours / echo)),
    }),
  ];
}
