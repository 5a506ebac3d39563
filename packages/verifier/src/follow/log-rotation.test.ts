import { encodeVkey } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../core/test/log-builder.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { type Rotating, rotatingFeed } from '../../test/rotating-feed.ts';
import { createLogKey } from '../../test/test-feed.ts';
import { auditLog, readAudit } from './audit.ts';
import type { FeedSource } from './feed-source.ts';
import { createFollower } from './follower.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';

const never = new AbortController().signal;
const DAY_MS = 86_400_000;

function follow(
  feed: Rotating,
  options: { store?: ReturnType<typeof createFollowerStoreMemory>; source?: FeedSource; step?: number } = {},
) {
  const store = options.store ?? createFollowerStoreMemory();
  const follower = createFollower({
    network: feed.network,
    source: options.source ?? feed.source,
    engine: feed.engine,
    clock: createManualClock(),
    entropy: { bytes: (count) => new Uint8Array(count) },
    store,
    ...(options.step === undefined ? {} : { bounds: { maxEntriesPerStep: options.step } }),
  });
  const codes = () => follower.health().alarms.map(({ code }) => code);
  return { follower, store, codes };
}

describe('an audit of a log whose key changed', () => {
  it('holds by the key in force, and finds a checkpoint of the key that was given up', async () => {
    const feed = rotatingFeed();
    feed.epochs(3);
    feed.rotate();
    feed.epochs(3);
    const audit = (source: FeedSource) => readAudit(auditLog(source, { engine: feed.engine, signal: never }));
    expect(await audit(feed.source)).toMatchObject({ holds: true });
    const { holds, firstFault } = await audit(feed.sourceOf((size) => feed.signed(size, [feed.first])));
    expect(holds).toBe(false);
    expect(firstFault).toMatchObject({ why: 'checkpoint', detail: expect.stringContaining('given up') });
  });
});

describe('a follower of a log whose key changes', () => {
  it.each([4, 32, 1024])('reads it from nothing, %i entries at a time, knowing the first key alone', async (step) => {
    const feed = rotatingFeed();
    feed.epochs(20);
    feed.rotate();
    feed.epochs(20);
    const { follower, codes } = follow(feed, { step });
    await follower.pull(never);
    expect(follower.state.position).toEqual(feed.log.state.position);
    expect(follower.state.rulebook?.body.log.vkey).toBe(encodeVkey(feed.second.vkey));
    expect(codes()).toEqual([]);
  });

  it('goes on from what it kept before the change, and after a restart from what it kept after it', async () => {
    const feed = rotatingFeed();
    const { follower, store } = follow(feed);
    await follower.pull(never);
    feed.rotate();
    feed.epochs(3);
    const later = follow(feed, { store });
    const stop = new AbortController();
    await later.follower.start(stop.signal);
    await later.follower.pull(never);
    expect(later.follower.state.position).toEqual(feed.log.state.position);
    stop.abort();
    const again = follow(feed, { store, source: feed.sourceOf(() => 'nobody answers') });
    await again.follower.start(AbortSignal.timeout(60_000));
    expect(again.follower.position).toEqual(feed.log.state.position);
    await again.follower[Symbol.asyncDispose]();
    await later.follower[Symbol.asyncDispose]();
  });

  it('takes the epoch that changes it as it is pushed', async () => {
    const feed = rotatingFeed();
    const { follower, codes } = follow(feed);
    await follower.start(never);
    await settle();
    const from = follower.position?.size ?? 0;
    feed.rotate({ previous: { vkey: encodeVkey(feed.first.vkey), until: feed.log.state.time + DAY_MS } });
    feed.push({ checkpoint: feed.honest(feed.log.entries.length), from, entries: feed.log.entries.slice(from) });
    await settle();
    expect(follower.position).toEqual(feed.log.state.position);
    feed.log.revoke([{ list: LIST_URI, index: 5 }]);
    const next = feed.log.entries.length - 2;
    feed.log.epoch();
    feed.push({ checkpoint: feed.honest(feed.log.entries.length), from: next, entries: feed.log.entries.slice(next) });
    await settle();
    expect(follower.view()?.lists.get(LIST_URI)?.values[5]).toBe(1);
    expect(codes()).toEqual([]);
    await follower[Symbol.asyncDispose]();
  });

  it('believes the old key nothing once it has read the change, nor anything that reaches beyond it', async () => {
    const feed = rotatingFeed();
    const { follower, store, codes } = follow(feed);
    await follower.pull(never);
    const before = await store.readHead();
    feed.rotate({ compromised: [{ vkey: encodeVkey(feed.first.vkey), from: feed.log.entries.length }] });
    const thief = feed.sourceOf((size) => feed.signed(size, [feed.first]));
    // It knows the old key alone, and these entries end its time.
    const behind = follow(feed, { store, source: thief });
    await expect(behind.follower.pull(never)).rejects.toMatchObject({ code: 'feed.unproved' });
    expect(await store.readHead()).toEqual(before);
    await follower.pull(never);
    const { position } = follower.state;
    feed.epochs(2);
    for (const [size, code] of [
      [feed.log.entries.length, 'feed.unproved'],
      [position?.size ?? 0, 'feed.unproved'],
      [2, 'feed.rollback'],
    ] as const) {
      const deceived = follow(feed, { store, source: feed.sourceOf(() => feed.signed(size, [feed.first])) });
      await deceived.follower.start(new AbortController().signal);
      await expect(deceived.follower.pull(never)).rejects.toMatchObject({ code });
      expect(deceived.follower.state.position).toEqual(position);
      expect(deceived.follower.contradiction).toBeUndefined();
      await deceived.follower[Symbol.asyncDispose]();
    }
    expect(codes()).toEqual([]);
  });

  it('takes no key of the same name that no quorum has named, however large its log', async () => {
    const feed = rotatingFeed();
    const { follower, store } = follow(feed);
    await follower.pull(never);
    const before = await store.readHead();
    const stranger = createLogKey();
    feed.epochs(5);
    const lying = follow(feed, { store, source: feed.sourceOf((size) => feed.signed(size, [stranger])) });
    await expect(lying.follower.pull(never)).rejects.toMatchObject({ code: 'feed.unproved' });
    expect(await store.readHead()).toEqual(before);
    // A line of ours that does not hold is a lie whoever else has signed.
    const broken = feed.honest(feed.log.entries.length).replace(/.{8}\n$/, 'AAAAAAA=\n');
    const bent = follow(feed, { store, source: feed.sourceOf(() => broken) });
    await expect(bent.follower.pull(never)).rejects.toMatchObject({ code: 'feed.unproved' });
  });
});
