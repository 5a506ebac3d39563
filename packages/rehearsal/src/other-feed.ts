import {
  createFollower,
  createFollowerStoreMemory,
  createFraudStoreMemory,
  createSnapshotStoreMemory,
  type Follower,
  type FollowerStore,
} from '@holdfast/verifier';
import { keepFollowed, type Life } from './lives.ts';
import { ENTRIES_PER_SNAPSHOT } from './network-node.ts';
import type { Random } from './random.ts';
import { Wire } from './wire.ts';
import type { World } from './world.ts';

/** What a verifier keeps of a network beside its own, and the line to it. Both outlive its crashes. */
export class OtherFeed {
  readonly wire: Wire;
  readonly fraud = createFraudStoreMemory();
  readonly #network: World;
  readonly #store: FollowerStore = createFollowerStoreMemory();
  readonly #snapshots = createSnapshotStoreMemory();

  constructor(network: World, random: Random) {
    const { scheduler, faults } = network;
    this.#network = network;
    this.wire = new Wire({ scheduler, faults, random, network: () => network.network().role });
  }

  get name(): string {
    return this.#network.name;
  }

  /** A follower for one life, started. */
  async begin(
    life: Life,
    { home, skewMs, entropy }: { readonly home: World; readonly skewMs: () => number; readonly entropy: Random },
  ): Promise<Follower> {
    const { scheduler, signatures } = home;
    const follower = createFollower({
      ...{ network: this.name, source: this.wire, engine: signatures, clock: scheduler.clock(skewMs), entropy },
      store: keepFollowed(this.#store, (work) => home.crossings.pass(life, 'persist other', work)),
      snapshots: this.#snapshots,
      fraud: this.fraud,
      bounds: { entriesPerSnapshot: ENTRIES_PER_SNAPSHOT },
    });
    await follower.start(life.signal);
    return follower;
  }
}
