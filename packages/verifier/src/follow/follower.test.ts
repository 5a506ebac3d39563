import { CodedError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { LIST_URI, meaningOf } from '../../../core/test/log-builder.ts';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { checkpointText, createTestFeed, type TestFeed, withOneLetterChanged } from '../../test/test-feed.ts';
import type { Alarm } from './alarms.ts';
import type { FeedSource } from './feed-source.ts';
import { createFollower, type Follower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import type { FollowerStore } from './follower-store.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';

const TICK_MS = 5000;
/** No jitter at all: a test then knows when things happen. */
const entropy = { bytes: (count: number) => new Uint8Array(count) };

type Followed = {
  readonly follower: Follower;
  readonly clock: ManualClock;
  readonly store: FollowerStore;
  readonly alarms: Alarm[];
  readonly codes: () => string[];
  readonly stop: AbortController;
};

function follow(feed: TestFeed, options: Partial<FollowerOptions> & { source?: FeedSource } = {}): Followed {
  const clock = createManualClock();
  const alarms: Alarm[] = [];
  const store = options.store ?? createFollowerStoreMemory();
  const follower = createFollower({
    network: feed.network,
    source: feed.source,
    engine: feed.engine,
    clock,
    entropy,
    report: (alarm) => alarms.push(alarm),
    ...options,
    store,
  });
  const codes = () => follower.health().alarms.map(({ code }) => code);
  return { follower, clock, store, alarms, codes, stop: new AbortController() };
}

async function started(feed: TestFeed, options: Parameters<typeof follow>[1] = {}): Promise<Followed> {
  const followed = follow(feed, options);
  await followed.follower.start(followed.stop.signal);
  await settle();
  return followed;
}

const never = new AbortController().signal;

describe('a follower reads on', () => {
  it('comes to the state of the log, from nothing, and keeps what proves it', async () => {
    const feed = createTestFeed();
    const { follower, store, codes } = await started(feed);
    expect(follower.position).toEqual(feed.log.state.position);
    expect(meaningOf(follower.state)).toEqual(meaningOf(feed.log.state));
    expect(await store.readHead()).toEqual({ size: feed.log.entries.length, checkpoint: feed.checkpoint() });
    expect(await store.readEntries(0, 100)).toEqual(feed.log.entries);
    expect(follower.health()).toMatchObject({ phase: 'streaming', epochsMissed: 0 });
    expect(codes()).toEqual([]);
  });

  it('applies each epoch as it is pushed, without asking for anything', async () => {
    const feed = createTestFeed();
    const { follower } = await started(feed);
    const { reads, checkpoints } = feed.calls;
    const seen: (number | undefined)[] = [];
    const end = follower.subscribe((view) => seen.push(view.lists.get(LIST_URI)?.values[7]));
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    await settle();
    expect(follower.view()?.lists.get(LIST_URI)?.values[7]).toBe(0);
    feed.mint();
    await settle();
    expect(follower.view()?.lists.get(LIST_URI)?.values[7]).toBe(1);
    end();
    feed.mint();
    await settle();
    expect(seen).toEqual([1]);
    expect(feed.calls).toMatchObject({ reads, checkpoints });
  });

  it('gives views that never change, and shares the lists that did not', async () => {
    const feed = createTestFeed();
    const { follower } = await started(feed);
    const before = follower.view();
    feed.mint();
    await settle();
    const same = follower.view();
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    feed.mint();
    await settle();
    const after = follower.view();
    expect(before?.lists.get(LIST_URI)?.values[7]).toBe(0);
    expect(same?.lists.get(LIST_URI)).toBe(before?.lists.get(LIST_URI));
    expect(after?.lists.get(LIST_URI)?.values[7]).toBe(1);
    expect(after?.position.size).toBeGreaterThan(same?.position.size ?? 0);
  });

  it('fetches the entries when they are too many to push', async () => {
    const feed = createTestFeed();
    const { follower } = await started(feed);
    for (let i = 0; i < 5; i += 1) feed.log.revoke([{ list: LIST_URI, index: i }]);
    const from = follower.position?.size ?? 0;
    feed.log.epoch();
    feed.push({ checkpoint: feed.checkpoint(), from });
    await settle();
    expect(follower.position).toEqual(feed.log.state.position);
  });

  it('proves and keeps a long log in pieces, none larger than its bound', async () => {
    const feed = createTestFeed();
    for (let i = 0; i < 200; i += 1) feed.log.epoch();
    const asked: (number | undefined)[] = [];
    const appended: number[] = [];
    const store = createFollowerStoreMemory();
    const { follower } = await started(feed, {
      bounds: { maxEntriesPerStep: 32 },
      source: {
        ...feed.source,
        fetchCheckpoint: (signal, atMost) => {
          asked.push(atMost);
          return feed.source.fetchCheckpoint(signal, atMost);
        },
      },
      store: {
        ...store,
        append: (size, entries, checkpoint) => {
          appended.push(entries.length);
          return store.append(size, entries, checkpoint);
        },
      },
    });
    expect(follower.position?.size).toBe(feed.log.entries.length);
    expect(Math.max(...appended)).toBe(32);
    expect(asked.slice(0, 2)).toEqual([32, 64]);
  });

  it('starts again from its store, with the network gone', async () => {
    const feed = createTestFeed();
    feed.log.revoke([{ list: LIST_URI, index: 3 }]);
    feed.mint();
    const first = await started(feed);
    await first.follower[Symbol.asyncDispose]();
    const gone: FeedSource = {
      fetchCheckpoint: () => Promise.reject(new CodedError('feed.unreachable', 'Nobody answers.')),
      fetchEntries: () => Promise.reject(new CodedError('feed.unreachable', 'Nobody answers.')),
      // biome-ignore lint/correctness/useYield: a stream that never gives anything
      stream: async function* () {
        throw new CodedError('feed.unreachable', 'Nobody answers.');
      },
    };
    const second = await started(feed, { store: first.store, source: gone });
    expect(second.follower.position).toEqual(feed.log.state.position);
    expect(meaningOf(second.follower.state)).toEqual(meaningOf(feed.log.state));
    expect(second.follower.health().phase).toBe('pulling');
    expect(second.codes()).toEqual(['feed.unreachable']);
  });
});

describe('a follower is lied to', () => {
  it('refuses another genesis: the network it follows is named by the hash of its first entry', async () => {
    const feed = createTestFeed();
    const other = createTestFeed({ log: { until: 'founded' } });
    const { follower, codes } = await started(feed, { source: other.source });
    expect(follower.view()).toBeUndefined();
    expect(codes()).toContain('feed.other-network');
  });

  it('refuses to start on a store that keeps another network', async () => {
    const feed = createTestFeed();
    const other = createTestFeed();
    const { store } = await started(other);
    const { follower } = follow(feed, { store });
    await expect(follower.start(never)).rejects.toMatchObject({ code: 'feed.other-network' });
  });

  it('keeps its state when shown a smaller log, and says so', async () => {
    const feed = createTestFeed();
    const old = feed.checkpoint();
    const { follower, codes } = await started(feed);
    feed.mint();
    await settle();
    const position = follower.position;
    feed.push({ checkpoint: old, from: 0 });
    await settle();
    expect(codes()).toEqual(['feed.rollback']);
    expect(follower.position).toEqual(position);
    expect(follower.contradiction).toBeUndefined();
  });

  it('takes a smaller log for a rollback when it pulls, not for news', async () => {
    const feed = createTestFeed();
    const old = feed.checkpoint();
    feed.mint();
    const { follower, codes } = follow(feed);
    await follower.pull(never);
    const position = follower.position;
    expect(position).toEqual(feed.log.state.position);
    feed.source.fetchCheckpoint = async () => old;
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.rollback' });
    expect(follower.position).toEqual(position);
    expect(codes()).toEqual(['feed.rollback']);
  });

  it('is not alarmed by an answer that a faster stream has overtaken', async () => {
    const feed = createTestFeed();
    const { follower, codes } = await started(feed);
    let answer = (_: string) => {};
    const old = feed.checkpoint();
    feed.source.fetchCheckpoint = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const pulled = follower.pull(never);
    feed.mint();
    await settle();
    answer(old);
    await pulled;
    expect(codes()).toEqual([]);
    expect(follower.position).toEqual(feed.log.state.position);
  });

  it('holds both checkpoints as proof when the log has signed two histories, and stops there', async () => {
    const feed = createTestFeed();
    const { follower, alarms, clock } = await started(feed);
    const position = follower.position;
    const ours = feed.checkpoint();
    const theirs = feed.key.signNote(changedRoot(ours));
    feed.push({ checkpoint: theirs, from: 0 });
    await settle();
    expect(follower.contradiction).toBe('feed.fork');
    expect(follower.health().phase).toBe('halted');
    expect(alarms.at(-1)).toMatchObject({ code: 'feed.fork', facts: { ours, theirs } });
    feed.mint();
    await clock.advance(10 * TICK_MS);
    expect(follower.position).toEqual(position);
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'follower.halted' });
  });

  it('finds the fork behind a longer log that does not continue its own', async () => {
    const feed = createTestFeed();
    const { follower, codes } = await started(feed);
    const fork = createTestFeed({ key: feed.key });
    // The same genesis and keys, another history from there on.
    const [head = '', ...rest] = feed.log.entries;
    fork.log.entries.splice(0, fork.log.entries.length, head, ...rest.toReversed(), ...rest);
    feed.source.fetchCheckpoint = async (_, atMost) => fork.checkpoint(atMost);
    feed.source.fetchEntries = async (from, to) => fork.log.entries.slice(from, to);
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.fork' });
    expect(codes()).toEqual(['feed.fork']);
    expect(follower.contradiction).toBe('feed.fork');
  });

  it.each<[string, (feed: TestFeed) => string]>([
    ['signed by another key under the same name', (feed) => createTestFeed().key.signNote(textOf(feed.checkpoint()))],
    ['of another log', (feed) => createTestFeed().checkpoint().replace(textOf(feed.checkpoint()).slice(0, 4), 'evil')],
    [
      'by the right key, of another log',
      (feed) => feed.key.signNote(checkpointText(feed.log.entries, 'other.example')),
    ],
    ['not signed', (feed) => `${textOf(feed.checkpoint())}\n— nobody AAAAAAA=\n`],
    ['that is not a note', () => 'log.example/test\n1\n'],
    ['empty', () => ''],
    ['signed over something else', (feed) => feed.key.signNote('log.example/test\nhello\n')],
    ['of another size than was signed', (feed) => feed.checkpoint().replace(/\n[0-9]+\n/, '\n99\n')],
  ])('refuses a checkpoint %s, keeps its state and tries again', async (_, lie) => {
    const feed = createTestFeed();
    const { follower, codes, clock } = await started(feed);
    const position = follower.position;
    feed.log.epoch();
    feed.push({ checkpoint: lie(feed), from: 0, entries: feed.log.entries });
    await settle();
    expect(codes()).toEqual(['feed.unproved']);
    expect(follower.position).toEqual(position);
    await clock.advance(TICK_MS);
    expect(follower.position).toEqual(feed.log.state.position);
  });

  it('refuses entries that were altered on the way, wherever, and nothing of them is kept', async () => {
    const feed = createTestFeed();
    const honest = feed.source.fetchEntries;
    const { follower, store, codes } = follow(feed);
    for (let at = 1; at < feed.log.entries.length; at += 1) {
      feed.source.fetchEntries = async (from, to, signal) =>
        (await honest(from, to, signal)).map((entry, i) => (from + i === at ? withOneLetterChanged(entry, 60) : entry));
      await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.unproved' });
    }
    expect(await store.readHead()).toEqual({ size: 0 });
    expect(follower.view()).toBeUndefined();
    expect(new Set(codes())).toEqual(new Set(['feed.unproved']));
    feed.source.fetchEntries = honest;
    await follower.pull(never);
    expect(follower.position).toEqual(feed.log.state.position);
  });

  it('refuses a text that hashes like the one that was signed and is another', async () => {
    const feed = createTestFeed();
    feed.log.append('x\ufffd');
    feed.log.epoch();
    const honest = feed.source.fetchEntries;
    feed.source.fetchEntries = async (from, to, signal) =>
      (await honest(from, to, signal)).map((entry) => entry.replace('\ufffd', '\ud800'));
    const { follower, store } = follow(feed);
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.unproved' });
    expect((await store.readHead()).size).toBe(0);
  });

  it('fetches what was pushed wrong', async () => {
    const feed = createTestFeed();
    const { follower, codes } = await started(feed);
    const from = feed.log.entries.length;
    feed.log.revoke([{ list: LIST_URI, index: 1 }]);
    feed.log.epoch();
    feed.push({ checkpoint: feed.checkpoint(), from, entries: feed.log.entries.slice(from).toReversed() });
    await settle();
    expect(follower.position).toEqual(feed.log.state.position);
    expect(codes()).toEqual(['feed.unproved']);
    expect(follower.health().phase).toBe('streaming');
  });

  it.each<[string, (from: number, to: number) => string[]]>([
    ['no entries', () => []],
    ['more entries than asked for', (from, to) => Array.from({ length: to - from + 1 }, () => 'x')],
    ['an entry larger than any', (from, to) => Array.from({ length: to - from }, () => 'x'.repeat(65_536))],
    ['an entry that is not text', (from, to) => Array.from({ length: to - from }, () => '\ud800')],
  ])('refuses an answer with %s', async (_, answer) => {
    const feed = createTestFeed();
    feed.log.epoch();
    const honest = feed.source.fetchEntries;
    feed.source.fetchEntries = async (from, to, signal) => (to === 1 ? honest(from, to, signal) : answer(from, to));
    const { follower, store } = follow(feed);
    await expect(follower.pull(never)).rejects.toMatchObject({ code: /^feed\.(unproved|too-large)$/ });
    expect((await store.readHead()).size).toBe(0);
  });

  it('stops at an epoch that does not say what its log says, with the state before it', async () => {
    const feed = createTestFeed();
    const { follower, codes, store } = await started(feed);
    const before = meaningOf(follower.state);
    const position = follower.position;
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    const stale = {
      ...JSON.parse(bodyOf(feed.log.entries.at(-3))),
      size: feed.log.entries.length,
      time: feed.log.state.time + 1,
    };
    feed.log.append(feed.log.statement(stale, 'network'));
    feed.push({ checkpoint: feed.checkpoint(), from: position?.size ?? 0 });
    await settle();
    expect(codes()).toEqual(['feed.epoch-wrong']);
    expect(follower.health().phase).toBe('halted');
    expect(follower.position).toEqual(position);
    expect(meaningOf(follower.state)).toEqual(before);
    expect(follower.view()?.lists.get(LIST_URI)?.values[9]).toBe(0);
    const again = await started(feed, { store });
    expect(again.follower.position, 'a restart changes nothing').toEqual(position);
    expect(again.follower.health().phase).toBe('halted');
  });

  it('does not take a checkpoint between two epochs', async () => {
    const feed = createTestFeed();
    const { codes, store } = await started(feed);
    const { size } = await store.readHead();
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    feed.push({ checkpoint: feed.checkpoint(), from: size, entries: feed.log.entries.slice(size) });
    await settle();
    expect(codes()).toEqual(['feed.unproved']);
    expect((await store.readHead()).size).toBe(size);
  });

  it('leaves a stream that only repeats itself', async () => {
    const feed = createTestFeed();
    const { codes, follower } = await started(feed);
    for (let i = 0; i < 40; i += 1) feed.push({ checkpoint: feed.checkpoint(), from: 0 });
    await settle();
    expect(codes()).toEqual(['feed.unproved']);
    expect(feed.streams()).toBe(0);
    expect(follower.health().phase).toBe('pulling');
  });
});

describe('a follower is left alone', () => {
  it('pulls when the stream stalls for three ticks, and streams again', async () => {
    const feed = createTestFeed();
    const { follower, clock, codes } = await started(feed);
    // The connection stands, and nothing comes through it.
    feed.log.epoch();
    await clock.advance(3 * TICK_MS - 1);
    expect(follower.position?.size).toBe(feed.log.entries.length - 1);
    expect(follower.health()).toMatchObject({ phase: 'streaming', epochsMissed: 2 });
    await clock.advance(2);
    expect(codes()).toEqual(['feed.stalled']);
    expect(follower.position?.size).toBe(feed.log.entries.length);
    feed.mint();
    await settle();
    expect(follower.health()).toMatchObject({ phase: 'streaming', epochsMissed: 0 });
    expect(follower.position?.size).toBe(feed.log.entries.length);
  });

  it('keeps the log current by pulling alone when streams never work', async () => {
    const feed = createTestFeed();
    feed.source.stream = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
    const { follower, clock } = await started(feed);
    for (let tick = 0; tick < 30; tick += 1) {
      feed.log.epoch();
      await clock.advance(TICK_MS);
      if (tick > 6) {
        const behind = feed.log.entries.length - (follower.position?.size ?? 0);
        expect(behind).toBeLessThanOrEqual(3);
      }
    }
    expect(follower.health().phase).toBe('pulling');
  });

  it('catches up within three ticks once a network that was gone is back', async () => {
    const feed = createTestFeed();
    const { follower, clock, codes } = await started(feed, { entropy: { bytes: (n) => new Uint8Array(n).fill(255) } });
    const { fetchCheckpoint, stream } = feed.source;
    feed.source.fetchCheckpoint = () => Promise.reject(new CodedError('feed.unreachable', 'Nobody answers.'));
    feed.source.stream = () => {
      throw new CodedError('feed.unreachable', 'Nobody answers.');
    };
    feed.hangUp();
    await clock.advance(100 * TICK_MS);
    expect(codes()).toEqual(['follower.fault', 'feed.unreachable']);
    for (let i = 0; i < 100; i += 1) feed.log.epoch();
    Object.assign(feed.source, { fetchCheckpoint, stream });
    await clock.advance(3 * TICK_MS);
    expect(follower.position?.size).toBe(feed.log.entries.length);
  });

  it('does not wait for a source that ignores its signal', async () => {
    const feed = createTestFeed();
    feed.source.fetchCheckpoint = () => new Promise(() => {});
    const { follower, clock } = follow(feed);
    const pulled = expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.timeout' });
    await clock.advance(10_000);
    await pulled;
    const stop = new AbortController();
    const stopped = expect(follower.pull(stop.signal)).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await stopped;
  });

  it('ends all it has begun when it is disposed of', async () => {
    const feed = createTestFeed();
    const { follower, clock } = await started(feed);
    const waiting = follower.awaitSize(1_000_000, never);
    await follower[Symbol.asyncDispose]();
    expect(await waiting).toBe(false);
    await settle();
    expect(clock.sleeping()).toBe(0);
    expect(feed.streams()).toBe(0);
  });

  it('tells the time by the epochs when the local clock stands still or falls back', async () => {
    const feed = createTestFeed();
    const { follower, clock } = await started(feed);
    const { time = 0 } = follower.position ?? {};
    clock.jump(-3_600_000);
    expect(follower.now()).toBe(time);
    await clock.advance(2000);
    expect(follower.now()).toBe(time + 2000);
    clock.jump(2 * 3_600_000);
    expect(follower.now()).toBe(clock.now());
    expect(follower.health().silentForMs, 'the age of what was heard has nothing to do with the wall clock').toBe(2000);
  });
});

describe('a follower crashes', () => {
  it('never uses what it has not kept', async () => {
    const feed = createTestFeed();
    const store = createFollowerStoreMemory();
    let isFull = false;
    const { follower } = await started(feed, {
      store: {
        ...store,
        append: async (size, entries, checkpoint) => {
          if (isFull) throw new CodedError('database.full', 'The disk is full.');
          await store.append(size, entries, checkpoint);
        },
      },
    });
    isFull = true;
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    feed.log.epoch();
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'database.full' });
    expect(follower.view()?.lists.get(LIST_URI)?.values[9]).toBe(0);
    expect(follower.state.lists.get(LIST_URI)?.values[9]).toBe(0);
    isFull = false;
    await follower.pull(never);
    expect(follower.view()?.lists.get(LIST_URI)?.values[9]).toBe(1);
  });

  it('reads again what it kept when the answer of its store was lost', async () => {
    const feed = createTestFeed();
    const store = createFollowerStoreMemory();
    let isCut = true;
    const { follower } = follow(feed, {
      store: {
        ...store,
        append: async (size, entries, checkpoint) => {
          await store.append(size, entries, checkpoint);
          if (isCut) throw new CodedError('database.outcome-unknown', 'The connection broke.');
        },
      },
    });
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'database.outcome-unknown' });
    expect(follower.view()).toBeUndefined();
    isCut = false;
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    feed.log.epoch();
    await follower.pull(never);
    expect(meaningOf(follower.state)).toEqual(meaningOf(feed.log.state));
    expect(await store.readEntries(0, 100)).toEqual(feed.log.entries);
  });

  it('folds what it kept when the signature engine had failed in between', async () => {
    const feed = createTestFeed();
    let isBroken = false;
    const engine = {
      verify: (checks: Parameters<typeof feed.engine.verify>[0]) =>
        isBroken && checks.some(({ alg }) => alg === 'ES256')
          ? Promise.reject(new CodedError('signature.overloaded', 'Too much to do.'))
          : feed.engine.verify(checks),
    };
    const { follower } = await started(feed, { engine });
    isBroken = true;
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    feed.log.epoch();
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'signature.overloaded' });
    expect(follower.view()?.lists.get(LIST_URI)?.values[9]).toBe(0);
    isBroken = false;
    await follower.pull(never);
    expect(follower.position).toEqual(feed.log.state.position);
  });

  it('lets the store decide between two followers that share it', async () => {
    const feed = createTestFeed();
    const one = await started(feed);
    const other = follow(feed, { store: one.store });
    await other.follower.pull(never);
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    feed.log.epoch();
    await Promise.all([one.follower.pull(never), other.follower.pull(never)]);
    expect(one.follower.position).toEqual(feed.log.state.position);
    expect(other.follower.position).toEqual(feed.log.state.position);
    expect(await one.store.readEntries(0, 100)).toEqual(feed.log.entries);
  });

  it.each<[string, (entries: string[]) => string[]]>([
    ['changed', (entries) => entries.map((entry, i) => (i === 2 ? `${entry}x` : entry))],
    ['missing', (entries) => entries.slice(0, -1)],
    ['out of order', (entries) => [...entries.slice(0, 1), ...entries.slice(1).toReversed()]],
  ])('will not start on a store whose entries are %s', async (_, damage) => {
    const feed = createTestFeed();
    const { store } = await started(feed);
    const damaged = damage([...(await store.readEntries(0, 100))]);
    const { follower } = follow(feed, {
      store: { ...store, readEntries: async (from, to) => damaged.slice(from, to) },
    });
    await expect(follower.start(never)).rejects.toMatchObject({ code: 'follower.store-damaged' });
    expect(follower.view()).toBeUndefined();
  });
});

describe('a follower is shown positions ahead', () => {
  it('fetches once for all who ask, and answers when it is there', async () => {
    const feed = createTestFeed();
    const { follower, clock } = await started(feed);
    feed.log.epoch();
    const size = feed.log.entries.length;
    const before = feed.calls.checkpoints;
    const answers = Promise.all(Array.from({ length: 50 }, () => follower.awaitSize(size, never)));
    await settle();
    expect(await answers).toEqual(Array.from({ length: 50 }, () => true));
    expect(feed.calls.checkpoints).toBe(before + 1);
    expect(clock.monotonic()).toBe(0);
  });

  it('pays for a flood of invented positions with one fetch a tick', async () => {
    const feed = createTestFeed();
    const { follower, clock } = await started(feed);
    const before = feed.calls.checkpoints;
    const answers: boolean[] = [];
    for (let second = 0; second < 50; second += 1) {
      for (let i = 0; i < 20; i += 1) {
        follower.awaitSize(Number.MAX_SAFE_INTEGER - i, never).then((answer) => answers.push(answer));
      }
      if (second % 5 === 0) feed.mint();
      await clock.advance(1000);
    }
    await clock.advance(TICK_MS);
    expect(answers).toHaveLength(1000);
    expect(answers).not.toContain(true);
    expect(feed.calls.checkpoints - before).toBeLessThanOrEqual(12);
  });

  it('answers by the deadline of whoever asks, with the network silent', async () => {
    const feed = createTestFeed();
    const { follower } = await started(feed);
    feed.source.fetchCheckpoint = () => new Promise(() => {});
    const deadline = new AbortController();
    const answer = follower.awaitSize(1_000_000, deadline.signal);
    await settle();
    deadline.abort();
    expect(await answer).toBe(false);
  });

  it('wakes who waits as soon as the stream brings it', async () => {
    const feed = createTestFeed();
    const { follower } = await started(feed);
    feed.source.fetchCheckpoint = () => new Promise(() => {});
    const answer = follower.awaitSize((follower.position?.size ?? 0) + 1, never);
    await settle();
    feed.mint();
    expect(await answer).toBe(true);
  });

  it('lets only so many wait', async () => {
    const feed = createTestFeed();
    const { follower } = await started(feed, { bounds: { maxWaiting: 2 } });
    feed.source.fetchCheckpoint = () => new Promise(() => {});
    const deadline = new AbortController();
    const waiting = [1, 2].map(() => follower.awaitSize(1_000_000, deadline.signal));
    expect(await follower.awaitSize(1_000_000, never)).toBe(false);
    deadline.abort();
    expect(await Promise.all(waiting)).toEqual([false, false]);
  });
});

function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n') + 1);
}

function changedRoot(note: string): string {
  const [origin, size] = textOf(note).split('\n');
  return `${origin}\n${size}\n${Buffer.alloc(32, 7).toString('base64')}\n`;
}

function bodyOf(entry = ''): string {
  return Buffer.from(entry.split('.')[1] ?? '', 'base64url').toString('utf8');
}

describe('a follower that was slow', () => {
  it('reads what a resync left out, and misses no entry', async () => {
    const feed = createTestFeed();
    const { follower, codes } = await started(feed);
    const from = follower.position?.size ?? 0;
    const { reads } = feed.calls;
    for (const index of [1, 2, 3]) {
      feed.log.revoke([{ list: LIST_URI, index }]);
      feed.log.epoch();
    }
    feed.push({ checkpoint: feed.checkpoint(), from: feed.log.entries.length - 3, isResync: true });
    await settle();
    expect(follower.position).toEqual(feed.log.state.position);
    expect(follower.view()?.lists.get(LIST_URI)?.values.slice(0, 5)).toEqual(Uint8Array.of(0, 1, 1, 1, 0));
    expect(feed.calls.reads).toBeGreaterThan(reads);
    feed.log.revoke([{ list: LIST_URI, index: 4 }]);
    feed.mint();
    await settle();
    expect(follower.view()?.lists.get(LIST_URI)?.values[4]).toBe(1);
    expect(follower.position?.size).toBeGreaterThan(from);
    expect(codes()).toEqual([]);
  });
});

describe('followers that have lost the same network', () => {
  it('pull at moments of their own, all of them within a tick', async () => {
    const feed = createTestFeed();
    const moments: number[] = [];
    for (const byte of [0, 64, 128, 192, 255]) {
      const clock = createManualClock();
      const began = clock.monotonic();
      const fetchCheckpoint: FeedSource['fetchCheckpoint'] = () => {
        moments.push(clock.monotonic() - began);
        return new Promise(() => undefined);
      };
      const stream: FeedSource['stream'] = () => {
        throw new CodedError('feed.unreachable', 'The network does not answer.');
      };
      const { follower } = follow(feed, {
        clock,
        entropy: { bytes: (count) => new Uint8Array(count).fill(byte) },
        source: { ...feed.source, fetchCheckpoint, stream },
      });
      await follower.start(never);
      for (let i = 0; i < 20; i += 1) await clock.advance(50);
    }
    // Before anything is read a tick is taken for a second.
    expect(moments).toHaveLength(5);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(new Set(moments).size).toBe(5);
    expect(Math.max(...moments)).toBeLessThanOrEqual(1000);
  });
});
