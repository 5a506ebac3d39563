import { describe, expect, it } from 'vitest';
import { LIST_URI, meaningOf } from '../../../core/test/log-builder.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, type TestFeed } from '../../test/test-feed.ts';
import { createFollower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';
import type { KeptSnapshot } from './snapshot-store.ts';
import { createSnapshotStoreMemory } from './snapshot-store-memory.ts';

const entropy = { bytes: (count: number) => new Uint8Array(count) };

async function follow(
  feed: TestFeed,
  options: Pick<FollowerOptions, 'store' | 'snapshots'> & Partial<FollowerOptions>,
) {
  const clock = createManualClock();
  const { network, source, engine } = feed;
  const follower = createFollower({
    network,
    source,
    engine,
    clock,
    entropy,
    bounds: { entriesPerSnapshot: 64 },
    ...options,
  });
  const starting = follower.start(new AbortController().signal);
  // A fold that takes long lets others have their turn, which takes no time at all.
  for (let i = 0; i < 10; i += 1) await clock.advance(1);
  await starting;
  for (let i = 0; i < 10; i += 1) await clock.advance(1);
  await settle();
  return follower;
}

/** A log of a hundred entries and more, followed once by a follower with snapshots, which has ended. */
async function followedOnce() {
  const feed = createTestFeed();
  for (let i = 0; i < 15; i += 1) feed.log.revoke([{ list: LIST_URI, index: i }]);
  while (feed.log.entries.length < 100) feed.log.epoch();
  const [store, snapshots] = [createFollowerStoreMemory(), createSnapshotStoreMemory()];
  await using follower = await follow(feed, { store, snapshots });
  expect(follower.position).toEqual(feed.log.state.position);
  feed.log.revoke([{ list: LIST_URI, index: 99 }]);
  feed.mint();
  await settle();
  return { feed, store, snapshots, meaning: structuredClone(meaningOf(follower.state)) };
}

const silent = {
  fetchCheckpoint: () => new Promise<never>(() => undefined),
  fetchEntries: () => new Promise<never>(() => undefined),
  stream: async function* () {
    await new Promise(() => undefined);
  },
} as unknown as TestFeed['source'];

describe('a follower that starts again', () => {
  it('stands where it stood, and has verified only what came after its snapshot', async () => {
    const { feed, store, snapshots, meaning } = await followedOnce();
    const before = feed.engine.asked;
    await using whole = await follow(feed, { store, source: silent });
    const everything = feed.engine.asked - before;
    await using again = await follow(feed, { store, snapshots, source: silent });
    expect(meaningOf(again.state)).toEqual(meaning);
    expect(meaningOf(whole.state)).toEqual(meaning);
    expect(again.position).toEqual(feed.log.state.position);
    expect(again.health().alarms).toEqual([]);
    const asked = feed.engine.asked - before - everything;
    expect(everything).toBeGreaterThan(100);
    expect(asked).toBeLessThan(10);
    feed.log.revoke([{ list: LIST_URI, index: 100 }]);
    feed.log.epoch();
    await using onward = await follow(feed, { store, snapshots });
    expect(onward.view()?.lists.get(LIST_URI)?.values.slice(99, 102)).toEqual(Uint8Array.of(1, 1, 0));
  });

  it.each([
    ['cut off', ({ size, bytes }: KeptSnapshot) => ({ size, bytes: bytes.slice(0, -1) }), 'snapshot.malformed'],
    ['one of another size', ({ size, bytes }: KeptSnapshot) => ({ size: size - 1, bytes }), 'snapshot.mismatch'],
    ['gone with the disk', () => Promise.reject(new Error('read failed')), 'follower.fault'],
  ])('folds everything again when its snapshot is %s, and says so', async (_, damage, code) => {
    const { feed, store, snapshots, meaning } = await followedOnce();
    const damaged = {
      keepSnapshot: async () => undefined,
      readSnapshot: async (atMost: number) => {
        const kept = await snapshots.readSnapshot(atMost);
        return kept === undefined ? undefined : damage(kept);
      },
    };
    await using again = await follow(feed, { store, snapshots: damaged, source: silent });
    expect(meaningOf(again.state)).toEqual(meaning);
    expect(again.health().alarms.map((alarm) => alarm.code)).toEqual([code]);
  });

  it('uses no snapshot of another network, and none whose tree its entries do not carry on', async () => {
    const { feed, store, meaning } = await followedOnce();
    const other = await followedOnce();
    await using again = await follow(feed, { store, snapshots: other.snapshots, source: silent });
    expect(meaningOf(again.state)).toEqual(meaning);
    expect(again.health().alarms.map((alarm) => alarm.code)).toEqual(['snapshot.mismatch']);
  });

  it('goes on when a snapshot cannot be kept', async () => {
    const { feed } = await followedOnce();
    const full = {
      readSnapshot: async () => undefined,
      keepSnapshot: () => Promise.reject(new Error('no space')),
    };
    await using follower = await follow(feed, { store: createFollowerStoreMemory(), snapshots: full });
    expect(follower.position).toEqual(feed.log.state.position);
    expect(follower.health().alarms).toMatchObject([{ detail: 'no space' }]);
  });
});
