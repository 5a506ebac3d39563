import { randomBytes } from 'node:crypto';
import { createLogStoreMemory } from '@holdfast/server/roles';
import {
  createFollower,
  createFollowerStoreMemory,
  createPlatformClock,
  createSnapshotStoreMemory,
  type FollowerStore,
  type SnapshotStore,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { type BenchNetwork, startBenchNetwork } from './feed-network.ts';
import { atMost, createFigure, type Figure, median } from './figure.ts';

const DECISIONS = 2976;
const ROUNDS = 5;

/** A follower that starts again over a log of some thousand entries: from its own snapshot, and from entry 0. */
export async function benchRestart(): Promise<Figure> {
  await using network = await startBenchNetwork(createLogStoreMemory(), 1000, 16);
  for (const statements of await network.revocations(0, DECISIONS)) await network.role.append(statements);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const [store, snapshots] = [createFollowerStoreMemory(), createSnapshotStoreMemory()];
  await timeStart(network, store, snapshots, (follower) => follower.pull(new AbortController().signal));
  const { size } = await store.readHead();
  const [ours, other]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await timeStart(network, store, snapshots));
    other.push(await timeStart(network, store, createSnapshotStoreMemory()));
  }
  return createFigure(
    `a follower starts again over a log of ${size} entries, from its own snapshot`,
    'ms',
    atMost(0.5),
    {
      ours: median(ours),
      name: 'from entry 0',
      other: median(other),
    },
  );
}

async function timeStart(
  { role, name }: BenchNetwork,
  store: FollowerStore,
  snapshots: SnapshotStore,
  then: (follower: ReturnType<typeof createFollower>) => Promise<void> = async () => undefined,
): Promise<number> {
  await using follower = createFollower({
    network: name,
    source: role,
    store,
    snapshots,
    engine: createNodeEngine(),
    clock: createPlatformClock(),
    entropy: { bytes: (length) => new Uint8Array(randomBytes(length)) },
  });
  const start = performance.now();
  await follower.start(new AbortController().signal);
  const took = performance.now() - start;
  await then(follower);
  return took;
}
