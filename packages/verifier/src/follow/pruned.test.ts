import { CodedError, consistencyProof, encodeSnapshot, encodeUtf8, leafHash, readerOfLeaves } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { foldEntries, LIST_URI, meaningOf } from '../../../core/test/log-builder.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, ORIGIN, type TestFeed } from '../../test/test-feed.ts';
import type { FeedSource } from './feed-source.ts';
import { createFollower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';
import { createPastLog } from './past-log.ts';
import { createSnapshotStoreMemory } from './snapshot-store-memory.ts';

const RETAINED = { retention: { entriesMs: 3_600_000 } };

/** What the log still answers: entry 0, and what comes after its latest snapshot; and that it only added to what it was. */
function pruned(feed: TestFeed, changes: Partial<FeedSource> = {}): FeedSource {
  const { log } = feed;
  const at = log.entries.length;
  const state = foldEntries(log.entries, log.signatures);
  const bytes = encodeSnapshot(state, { epoch: log.entries.at(-1) ?? '', checkpoint: feed.checkpoint() });
  return {
    ...feed.source,
    fetchEntries: async (from, to, signal) => {
      if (from > 0 && from < at) throw new CodedError('log.pruned', 'Not any more.', { minimumIndex: at });
      return (await feed.source.fetchEntries(from, to, signal)).slice(0, from === 0 ? 1 : undefined);
    },
    fetchSnapshot: async () => bytes,
    fetchConsistencyProof: async (from, to) => {
      const hashes = log.entries.slice(0, to).map((entry) => leafHash(encodeUtf8(entry)));
      return consistencyProof(from, to, readerOfLeaves(hashes));
    },
    ...changes,
  };
}

async function follow(feed: TestFeed, options: Partial<FollowerOptions> = {}) {
  const [store, snapshots] = [createFollowerStoreMemory(), createSnapshotStoreMemory()];
  const { network, source, engine } = feed;
  const entropy = { bytes: (count: number) => new Uint8Array(count) };
  const parts = { network, source, engine, clock: createManualClock(), entropy, store, snapshots, ...options };
  const follower = createFollower(parts);
  await follower.start(new AbortController().signal);
  await settle();
  return { follower, ...parts, codes: () => follower.health().alarms.map(({ code }) => code) };
}

function goOn(feed: TestFeed, indexes: readonly number[]): void {
  for (const index of indexes) {
    feed.log.revoke([{ list: LIST_URI, index }]);
    feed.log.epoch();
  }
}

describe('a follower that is told that the log is pruned', () => {
  it('begins at its snapshot although it was to fold from the first entry, and says so', async () => {
    const feed = createTestFeed({ rules: RETAINED });
    goOn(feed, [1, 2]);
    const source = pruned(feed);
    const size = feed.log.entries.length;
    goOn(feed, [3]);
    const { follower, codes } = await follow(feed, { source });
    expect(codes()).toEqual([]);
    expect(follower.health().begunAt).toBe(size);
    expect(meaningOf(follower.state)).toEqual(meaningOf(feed.log.state));
  });

  it('goes on from its snapshot when it was away for too long, forgets nothing that it had, and starts again from there', async () => {
    const feed = createTestFeed({ rules: RETAINED });
    const before = await follow(feed);
    const { store, snapshots } = before;
    const had = before.follower.position;
    await before.follower[Symbol.asyncDispose]();
    goOn(feed, [1, 2]);
    const source = pruned(feed);
    const size = feed.log.entries.length;
    goOn(feed, [3]);
    const { follower, codes } = await follow(feed, { source, store, snapshots });
    expect(codes()).toEqual([]);
    expect(follower.health().begunAt).toBe(size);
    expect(meaningOf(follower.state)).toEqual(meaningOf(feed.log.state));
    await follower[Symbol.asyncDispose]();
    const silent: FeedSource = { ...source, fetchCheckpoint: () => new Promise(() => undefined) };
    const again = await follow(feed, { source: silent, store, snapshots });
    expect(again.follower.position).toEqual(feed.log.state.position);
    expect(again.follower.health().begunAt).toBe(size);
    const past = createPastLog(store, feed.engine, snapshots);
    for (const position of [had, again.follower.position]) {
      expect(await past.at(position?.size ?? 0, ({ state }) => state.position)).toEqual({ ok: true, value: position });
    }
    expect(await past.at(size - 3, () => 0)).toEqual({ ok: false, why: 'lost' });
  });

  it('says nothing of positions in the part that it went over', async () => {
    const feed = createTestFeed({ rules: RETAINED });
    const at: { source: FeedSource } = { source: feed.source };
    const { follower } = await follow(feed, {
      source: {
        ...feed.source,
        fetchEntries: (from, to, signal) => at.source.fetchEntries(from, to, signal),
        fetchSnapshot: async (signal) => at.source.fetchSnapshot?.(signal),
        fetchConsistencyProof: async (from, to, signal) => at.source.fetchConsistencyProof?.(from, to, signal),
      },
    });
    goOn(feed, [1, 2]);
    const between = feed.log.entries.length - 3;
    at.source = pruned(feed);
    const size = feed.log.entries.length;
    feed.mint();
    await follower.pull(new AbortController().signal);
    expect(follower.health().begunAt).toBe(size);
    const elsewhere = follower.isElsewhere({ log: ORIGIN, size: between, root: 'A'.repeat(43), time: 0 });
    expect(elsewhere).toBe(false);
    expect(follower.isElsewhere({ log: ORIGIN, size, root: 'A'.repeat(43), time: 0 })).toBe(true);
  });

  it.each([
    ['the rules state no retention', () => createTestFeed(), {}, 'feed.unproved'],
    [
      'nobody proves that it goes on from what was read',
      () => createTestFeed({ rules: RETAINED }),
      { fetchConsistencyProof: async () => undefined },
      'log.pruned',
    ],
    [
      'it is of another history',
      () => createTestFeed({ rules: RETAINED }),
      { fetchConsistencyProof: async () => [new Uint8Array(32)] },
      'feed.unproved',
    ],
    [
      'there is none',
      () => createTestFeed({ rules: RETAINED }),
      { fetchSnapshot: async () => undefined },
      'log.pruned',
    ],
    [
      'it is cut off',
      () => createTestFeed({ rules: RETAINED }),
      { fetchSnapshot: async () => new Uint8Array(99) },
      'snapshot.malformed',
    ],
  ] as [string, () => TestFeed, Partial<FeedSource>, string][])(
    'stays where it is when %s',
    async (_, make, changes, code) => {
      const feed = make();
      const before = await follow(feed);
      const { store, snapshots } = before;
      const head = await store.readHead();
      await before.follower[Symbol.asyncDispose]();
      goOn(feed, [1, 2]);
      const { follower, codes } = await follow(feed, { source: pruned(feed, changes), store, snapshots });
      expect(codes()).toEqual([code]);
      expect(follower.position).toEqual(before.follower.position);
      expect(await store.readHead()).toEqual(head);
    },
  );

  it('goes on from no snapshot that is older than what it has', async () => {
    const feed = createTestFeed({ rules: RETAINED });
    const source = pruned(feed);
    goOn(feed, [1]);
    const before = await follow(feed);
    const { store, snapshots } = before;
    await before.follower[Symbol.asyncDispose]();
    goOn(feed, [2]);
    const refusing = pruned(feed, { fetchSnapshot: async (signal) => source.fetchSnapshot?.(signal) });
    const { codes, follower } = await follow(feed, { source: refusing, store, snapshots });
    expect(codes()).toEqual(['feed.unproved']);
    expect(follower.position).toEqual(before.follower.position);
  });
});
