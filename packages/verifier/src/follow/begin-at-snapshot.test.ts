import { encodeSnapshot, type NetworkState } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { foldEntries, LIST_URI, type LogBuilder, meaningOf } from '../../../core/test/log-builder.ts';
import { buildProgram, seal } from '../../../core/test/test-program.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, type TestFeed } from '../../test/test-feed.ts';
import type { FeedSource } from './feed-source.ts';
import { createFollower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';
import { createPastLog } from './past-log.ts';
import { createSnapshotStoreMemory } from './snapshot-store-memory.ts';

const entropy = { bytes: (count: number) => new Uint8Array(count) };

async function follow(feed: TestFeed, options: Partial<FollowerOptions> = {}) {
  const [store, snapshots] = [createFollowerStoreMemory(), createSnapshotStoreMemory()];
  const { network, source, engine } = feed;
  const clock = createManualClock();
  const parts = { network, source, engine, clock, entropy, store, snapshots, ...options };
  const follower = createFollower(parts);
  await follower.start(new AbortController().signal);
  await settle();
  return { follower, ...parts, codes: () => follower.health().alarms.map(({ code }) => code) };
}

/** The network's snapshot of its log now, which ends with an epoch; `change` makes it another one. */
function snapshotOf(feed: TestFeed, change: (state: NetworkState) => void = () => undefined): Uint8Array {
  const state = foldEntries(feed.log.entries, feed.log.signatures);
  change(state);
  const signed = { epoch: feed.log.entries.at(-1) ?? '', checkpoint: feed.checkpoint() };
  return encodeSnapshot(state, signed) ?? expect.fail('it is not that long');
}

const serving = (feed: TestFeed, bytes: Uint8Array | undefined): FeedSource => ({
  ...feed.source,
  fetchSnapshot: async () => bytes,
});

function oldLog(): { feed: TestFeed; log: LogBuilder } {
  const feed = createTestFeed();
  for (let i = 0; i < 20; i += 1) feed.log.revoke([{ list: LIST_URI, index: i }]);
  feed.log.epoch();
  return { feed, log: feed.log };
}

describe('a follower that begins at a snapshot', () => {
  it('sees the same network as one who folded everything, and says what it has not folded itself', async () => {
    const { feed, log } = oldLog();
    const bytes = snapshotOf(feed);
    const size = log.entries.length;
    log.revoke([{ list: LIST_URI, index: 50 }]);
    log.epoch();
    const { reads } = feed.calls;
    const asked = feed.engine.asked;
    const begun = await follow(feed, { source: serving(feed, bytes), beginAt: 'snapshot' });
    const byBeginning = feed.engine.asked - asked;
    const whole = await follow(feed);
    expect(begun.codes()).toEqual([]);
    expect(begun.follower.view()).toEqual(whole.follower.view());
    expect(meaningOf(begun.follower.state)).toEqual(meaningOf(whole.follower.state));
    expect(begun.follower.health().begunAt).toBe(size);
    expect(whole.follower.health().begunAt).toBe(0);
    expect(byBeginning).toBeLessThan(12);
    expect(feed.calls.reads - reads).toBeLessThan(8);
    log.revoke([{ list: LIST_URI, index: 51 }]);
    feed.mint();
    await settle();
    expect(begun.follower.view()).toEqual(whole.follower.view());
    expect(begun.follower.position).toEqual(log.state.position);
  });

  it('starts again without the network, and knows the past from there on', async () => {
    const { feed, log } = oldLog();
    const size = log.entries.length;
    const first = await follow(feed, { source: serving(feed, snapshotOf(feed)), beginAt: 'snapshot' });
    const positions = [first.follower.position];
    feed.mint();
    await settle();
    positions.push(first.follower.position);
    await first.follower[Symbol.asyncDispose]();
    const { store, snapshots } = first;
    const again = await follow(feed, {
      store,
      snapshots,
      source: { ...feed.source, fetchCheckpoint: () => new Promise(() => undefined) },
    });
    expect(again.follower.health().begunAt).toBe(size);
    expect(again.follower.position).toEqual(positions[1]);
    const past = createPastLog(store, feed.engine, snapshots);
    for (const position of positions) {
      const read = await past.at(position?.size ?? 0, ({ state, genesis }) => [state.position, genesis]);
      expect(read).toEqual({ ok: true, value: [position, log.entries[0]] });
    }
    expect(await past.at(size - 1, () => 0)).toEqual({ ok: false, why: 'lost' });
    // Without the snapshot nothing can be made of what is kept: it is not the whole log.
    const lost = follow(feed, { store, snapshots: createSnapshotStoreMemory() });
    await expect(lost).rejects.toMatchObject({ code: 'follower.store-damaged' });
  });

  it.each([
    ['cut off', (feed: TestFeed) => snapshotOf(feed).slice(0, -9), 'snapshot.malformed'],
    ['of another network', () => snapshotOf(oldLog().feed), 'feed.unproved'],
    [
      'with a status that no epoch commits to',
      (feed: TestFeed) =>
        snapshotOf(feed, ({ lists }) => {
          const list = lists.get(LIST_URI);
          if (list?.packed !== undefined) list.packed[0] = 0;
        }),
      'snapshot.mismatch',
    ],
    [
      'under the key of somebody else',
      (feed: TestFeed) => {
        const stranger = createTestFeed();
        const state = foldEntries(feed.log.entries, feed.log.signatures);
        const [text] = feed.checkpoint().split('\n\n');
        const checkpoint = stranger.key.signNote(`${text}\n`);
        return encodeSnapshot(state, { epoch: feed.log.entries.at(-1) ?? '', checkpoint }) ?? new Uint8Array();
      },
      'feed.unproved',
    ],
    [
      'under the checkpoint of another size',
      (feed: TestFeed) => {
        const state = foldEntries(feed.log.entries, feed.log.signatures);
        const checkpoint = feed.checkpoint(feed.log.entries.length - 1);
        return encodeSnapshot(state, { epoch: feed.log.entries.at(-1) ?? '', checkpoint }) ?? new Uint8Array();
      },
      'feed.unproved',
    ],
  ])('folds the log from its first entry when the snapshot is %s', async (_, make, code) => {
    const { feed } = oldLog();
    const begun = await follow(feed, { source: serving(feed, make(feed)), beginAt: 'snapshot' });
    expect(begun.codes()).toEqual([code]);
    expect(begun.follower.health().begunAt).toBe(0);
    expect(begun.follower.position).toEqual(feed.log.state.position);
    expect(await begun.store.readEntries(0, 100)).toEqual(feed.log.entries);
  });

  it('does so too where there is none, and where nobody keeps one', async () => {
    const { feed } = oldLog();
    for (const source of [serving(feed, undefined), feed.source]) {
      const begun = await follow(feed, { source, beginAt: 'snapshot' });
      expect(begun.codes()).toEqual([]);
      expect(begun.follower.health().begunAt).toBe(0);
    }
  });

  it('accuses nobody when the log does not carry on what it believed, and stays where it was', async () => {
    const feed = createTestFeed();
    buildProgram(feed.log, 'judged');
    // No epoch commits to where a program is judged: this one says another place than the log does.
    const bytes = snapshotOf(feed, ({ programs }) => {
      const record = programs.get('relief');
      if (record?.judgedAt !== undefined)
        programs.set('relief', { ...record, judgedAt: { ...record.judgedAt, size: 1 } });
    });
    const begun = await follow(feed, { source: serving(feed, bytes), beginAt: 'snapshot' });
    const { position } = begun.follower;
    expect(begun.follower.health().begunAt).toBe(feed.log.entries.length);
    expect(feed.log.append(seal(feed.log)).ok).toBe(true);
    feed.mint();
    await settle();
    expect(begun.codes()).toEqual(['feed.snapshot-doubted']);
    expect(begun.follower.health().phase).toBe('halted');
    expect(begun.follower.position).toEqual(position);
    expect(begun.follower.contradiction).toBeUndefined();
  });
});
