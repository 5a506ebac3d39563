import { copyNetworkState, encodeLineage, encodeVkey, proveSuccession, vkeyOf } from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createPastLog,
  createSnapshotStoreMemory,
  type FeedSource,
  type Follower,
  type FollowerOptions,
  type LogStores,
} from '@holdfast/verifier';
import { NEW_ORIGIN, succeedLog } from '../../core/test/succession.ts';
import { createLogStoreMemory } from '../src/adapters/memory/log-store.ts';
import { createNetwork } from '../src/roles/network/network-role.ts';
import { createTestSigner, startTestNetwork, type TestNetwork } from './test-network.ts';

/** A network that lost what came after a position that others have read, and the new log that its quorum opens there. */
export async function succeeded(officers: readonly string[] = ['officer-a', 'officer-b']) {
  const old = await startTestNetwork();
  await old.role.append(await old.write.revoke(3));
  await old.tick();
  const { follower } = await followAll(old, old.role);
  await follower.pull(new AbortController().signal);
  old.stop.abort();
  const log = await old.sync();
  const { signer } = createTestSigner();
  const vkey = encodeVkey(vkeyOf(NEW_ORIGIN, await signer.readPublicKey('log')));
  const { opening } = succeedLog(log, { officers, rulebook: { log: { origin: NEW_ORIGIN, vkey } } });
  const { state: predecessor, lineage } = await endOf(old, opening);
  const options = {
    ...{ ...old.options, signer, store: createLogStoreMemory(), genesis: opening, predecessor, lineage },
    snapshots: createSnapshotStoreMemory(),
  };
  return { old, opening, options, role: createNetwork(options), follower };
}

/** What the old log meant at its end, and what proves to strangers that the new one goes on from there. */
export async function endOf({ store, options }: TestNetwork, opening: string) {
  const { size } = await store.readHead();
  const read = await createPastLog(store, options.engine).at(size, (fold) => ({
    state: copyNetworkState(fold.state),
    lineage: encodeLineage({ genesis: fold.genesis, successions: [proveSuccession(fold, opening)] }),
  }));
  if (!read.ok) throw new Error(`the old log cannot be read: ${read.why}`);
  return read.value;
}

/** Where a follower keeps the logs that come after its first. */
export function successorStores() {
  const places = new Map<number, LogStores>();
  return {
    find: async (place: number) => places.get(place),
    open: async (place: number) => {
      const stores = places.get(place) ?? {
        store: createFollowerStoreMemory(),
        snapshots: createSnapshotStoreMemory(),
      };
      places.set(place, stores);
      return stores;
    },
  };
}

type Followed = Partial<FollowerOptions> &
  Required<Pick<FollowerOptions, 'store' | 'snapshots' | 'successors'>> & {
    readonly follower: Follower;
    readonly codes: () => string[];
  };

/** A follower whose network is at one address, whatever log it is in. */
export async function followAll(
  network: TestNetwork,
  source: FeedSource,
  kept: Partial<FollowerOptions> = {},
): Promise<Followed> {
  const parts = {
    ...{ store: createFollowerStoreMemory(), snapshots: createSnapshotStoreMemory(), successors: successorStores() },
    ...kept,
  };
  const options = {
    ...{ network: network.name, source, engine: network.options.engine, clock: network.clock },
    entropy: { bytes: (count: number) => new Uint8Array(count) },
    ...parts,
  };
  const follower = createFollower(options);
  const codes = () => follower.health().alarms.map(({ code }) => code);
  return { ...parts, follower, codes };
}

/** One address, at which first the old log answers and then the new one. */
export function oneAddress(first: TestNetwork['role']) {
  let now = first;
  const at = new Proxy(first, { get: (_, member) => Reflect.get(now, member) });
  return { at, move: (role: TestNetwork['role']) => (now = role) };
}
