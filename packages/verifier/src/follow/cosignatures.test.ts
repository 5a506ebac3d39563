import { addSignatures, encodeVkey, keyRef, parseNote } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { LIST_URI, START_MS, testRulebook } from '../../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../../core/test/test-keys.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { createLogKey, createTestFeed, type TestFeed } from '../../test/test-feed.ts';
import { createTestWitness, type TestWitness, witnessesOf } from '../../test/test-witness.ts';
import { createFollower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';

const NOW = START_MS + 100_000;
const SECOND = 1000;
const never = new AbortController().signal;

const [w1, w2, w3] = ['w1', 'w2', 'w3'].map((name) => createTestWitness(`witness.example/${name}`)) as [
  TestWitness,
  TestWitness,
  TestWitness,
];

/** A network that names three witnesses, two of whom are a quorum. */
function createFeed(witnesses = witnessesOf(2, [w1, w2, w3])): TestFeed {
  const key = createLogKey();
  const signatures = createIdealSignatures();
  const log = { origin: key.vkey.name, vkey: encodeVkey(key.vkey) };
  return createTestFeed({ key, log: { signatures, rulebook: testRulebook(signatures, { log, witnesses }) } });
}

async function follow(feed: TestFeed, options: Partial<FollowerOptions> = {}) {
  const clock = createManualClock(NOW);
  const store = createFollowerStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(count) };
  const { network, source, engine } = feed;
  const follower = createFollower({ network, source, store, engine, clock, entropy, ...options });
  const stop = new AbortController();
  await follower.start(stop.signal);
  await settle();
  const push = async (cosigned: string) => {
    feed.push({ cosigned });
    await settle();
  };
  const codes = () => follower.health().alarms.map(({ code }) => code);
  return { follower, clock, store: options.store ?? store, push, codes, stop };
}

describe('a follower of a network that names witnesses', () => {
  it('has nobody to say how young its view is before a quorum has spoken', async () => {
    const feed = createFeed();
    const { follower, push } = await follow(feed);
    expect(follower.view()?.witnessed).toEqual({ by: [], notes: [] });
    await push(w1.cosign(feed.checkpoint(), NOW));
    expect(follower.view()?.witnessed).toEqual({ by: [], notes: [] });
    await push(w2.cosign(feed.checkpoint(), NOW - 3 * SECOND));
    const { size } = feed.log.state.tree;
    expect(follower.view()?.witnessed).toMatchObject({
      time: NOW - 3 * SECOND,
      by: [
        { witness: keyRef(w1.vkey), size, time: NOW },
        { witness: keyRef(w2.vkey), size, time: NOW - 3 * SECOND },
      ],
    });
  });

  it('takes the content of an epoch at once, and its age from what was confirmed before', async () => {
    const feed = createFeed();
    const { follower, push } = await follow(feed);
    await push(w1.cosign(w2.cosign(feed.checkpoint(), NOW), NOW));
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    feed.mint();
    await settle();
    expect(follower.view()?.lists.get(LIST_URI)?.values[7]).toBe(1);
    expect(follower.view()?.witnessed?.time).toBe(NOW);
  });

  it('counts what comes under the checkpoint itself, in the stream and when it pulls', async () => {
    const feed = createFeed();
    const cosign = (note: string) => w1.cosign(w2.cosign(note, NOW), NOW);
    const { fetchCheckpoint } = feed.source;
    const source = { ...feed.source, fetchCheckpoint: async () => cosign(await fetchCheckpoint(never)) };
    const { follower } = await follow(feed, { source });
    await follower.pull(never);
    expect(follower.view()?.witnessed?.time).toBe(NOW);
  });

  it('asks for what was confirmed last when it comes anew, and reads on to it first if it must', async () => {
    const feed = createFeed();
    const before = feed.checkpoint();
    feed.log.epoch();
    const cosigned = w1.cosign(w2.cosign(before, NOW), NOW);
    const { follower } = await follow(feed, { source: { ...feed.source, fetchCosigned: async () => cosigned } });
    await follower.pull(never);
    expect(follower.position?.size).toBe(feed.log.entries.length);
    expect(follower.view()?.witnessed).toMatchObject({ time: NOW, notes: [cosigned] });
  });

  it('reads on to a larger tree before it counts what was said of it', async () => {
    const feed = createFeed();
    const { follower, push } = await follow(feed);
    feed.log.epoch();
    await push(w1.cosign(w2.cosign(feed.checkpoint(), NOW), NOW));
    expect(follower.position?.size).toBe(feed.log.entries.length);
    expect(follower.view()?.witnessed?.time).toBe(NOW);
  });

  it('remembers over a restart what was confirmed, also while nobody answers', async () => {
    const feed = createFeed();
    const store = createFollowerStoreMemory();
    const first = await follow(feed, { store });
    await first.push(w1.cosign(w2.cosign(feed.checkpoint(), NOW), NOW));
    first.stop.abort();
    const silent = { ...feed.source, fetchCheckpoint: () => Promise.reject(new Error('gone')) };
    const second = await follow(feed, { store, source: { ...silent, stream: feed.source.stream } });
    expect(second.follower.view()?.witnessed?.time).toBe(NOW);
  });

  it('does not let its clock stand still behind what a quorum has confirmed', async () => {
    const feed = createFeed();
    const { follower, push } = await follow(feed);
    await push(w1.cosign(feed.checkpoint(), NOW + 3_600_000));
    expect(follower.now()).toBe(NOW);
    await push(w2.cosign(feed.checkpoint(), NOW + 60_000));
    expect(follower.now()).toBe(NOW + 60_000);
  });

  it('hears those too who are announced, and counts them from the day they are named', async () => {
    const feed = createFeed(witnessesOf(1, [w1]));
    const { follower, push } = await follow(feed);
    const { rulebook } = feed.log;
    const at = feed.log.state.time + 8 * 86_400_000;
    feed.log.amend({ ...rulebook, witnesses: witnessesOf(1, [w3]) }, at);
    feed.mint();
    await settle();
    await push(w3.cosign(feed.checkpoint(), NOW));
    expect(follower.view()?.witnessed?.time).toBeUndefined();
    feed.log.epoch(at);
    feed.push({ checkpoint: feed.checkpoint(), from: feed.log.entries.length });
    await settle();
    expect(follower.view()?.witnessed?.time).toBe(NOW);
  });
});

describe('a follower is not fooled by', () => {
  it('a witness that lies about the time, either way', async () => {
    const feed = createFeed();
    const { follower, push } = await follow(feed);
    const future = NOW + 1_000_000_000;
    await push(w1.cosign(w2.cosign(w3.cosign(feed.checkpoint(), future), NOW - SECOND), NOW));
    expect(follower.view()?.witnessed?.time).toBe(NOW);
    feed.mint();
    await settle();
    await push(w3.cosign(feed.checkpoint(), SECOND));
    expect(follower.view()?.witnessed?.time).toBe(NOW);
  });

  it('a cosignature that is replayed, or one witness heard twice', async () => {
    const feed = createFeed();
    const { follower, push } = await follow(feed);
    const old = w1.cosign(feed.checkpoint(), NOW - 60_000);
    await push(old);
    await push(w1.cosign(feed.checkpoint(), NOW));
    expect(follower.view()?.witnessed?.time).toBeUndefined();
    await push(w2.cosign(feed.checkpoint(), NOW));
    await push(old);
    await push(w2.cosign(old, NOW - 60_000));
    expect(follower.view()?.witnessed?.time).toBe(NOW);
  });

  it('a witness of nobody, under whatever name', async () => {
    const feed = createFeed();
    const { follower, push, codes } = await follow(feed);
    const stranger = createTestWitness('stranger.example');
    const { name } = w2.vkey;
    const [, line] = parseNote(stranger.cosign(feed.checkpoint(), NOW)).signatures;
    if (line === undefined) throw new Error('no line');
    await push(addSignatures(w1.cosign(feed.checkpoint(), NOW), [line, { ...line, name }]));
    expect(follower.view()?.witnessed?.time).toBeUndefined();
    expect(codes()).toEqual([]);
  });

  it('a known witness whose line does not verify: nothing under that checkpoint counts, and the log goes on', async () => {
    const feed = createFeed();
    const { follower, push, codes } = await follow(feed);
    const [, forged] = parseNote(w2.cosign(feed.checkpoint(), NOW)).signatures;
    if (forged === undefined) throw new Error('no line');
    const signature = forged.signature.slice();
    signature[20] = (signature[20] ?? 0) ^ 1;
    await push(addSignatures(w1.cosign(w3.cosign(feed.checkpoint(), NOW), NOW), [{ ...forged, signature }]));
    expect(follower.view()?.witnessed?.time).toBeUndefined();
    expect(codes()).toEqual(['feed.cosignature-refused']);
    feed.mint();
    await settle();
    expect(follower.health().phase).toBe('streaming');
    expect(follower.position?.size).toBe(feed.log.entries.length);
  });

  it('a witness that signs another tree: without the log it is a lie of one, with the log it is the fraud of both', async () => {
    const feed = createFeed();
    const other = createFeed();
    const fork = createTestFeed({
      key: feed.key,
      log: { rulebook: { ...feed.log.rulebook, title: 'Another history' } },
    });
    const { follower, push, codes } = await follow(feed);
    const strangers = w1.cosign(w2.cosign(other.checkpoint(), NOW), NOW);
    await push(strangers);
    expect(codes()).toEqual(['feed.unproved']);
    expect(follower.contradiction).toBeUndefined();
    expect(follower.view()?.witnessed?.time).toBeUndefined();
    await push(w1.cosign(w2.cosign(fork.checkpoint(), NOW), NOW));
    expect(follower.contradiction).toBe('feed.fork');
    expect(follower.view()?.witnessed?.time).toBeUndefined();
  });

  it('an endless stream of confirmations that say nothing new', async () => {
    const feed = createFeed();
    const { push, codes } = await follow(feed);
    const same = w1.cosign(feed.checkpoint(), NOW);
    for (let i = 0; i < 20; i += 1) await push(same);
    expect(codes()).toContain('feed.unproved');
  });
});

describe("a follower with a policy of its own goes by that, and not by the rulebook's witnesses", () => {
  const policyOf = (lines: readonly string[]) => `${lines.join('\n')}\n`;

  it('whoever the rulebook names', async () => {
    const feed = createFeed();
    const own = createTestWitness('own.example');
    const witnesses = policyOf([`witness own ${encodeVkey(own.vkey)}`, 'quorum own']);
    const { follower, push } = await follow(feed, { witnesses: () => witnesses });
    await push(w1.cosign(w2.cosign(feed.checkpoint(), NOW), NOW));
    expect(follower.view()?.witnessed).toEqual({ by: [], notes: [], policy: witnesses });
    await push(own.cosign(feed.checkpoint(), NOW - SECOND));
    expect(follower.view()?.witnessed).toMatchObject({ time: NOW - SECOND, policy: witnesses });
  });

  it('from the next epoch on when it is changed', async () => {
    const feed = createFeed();
    let witnesses: string | undefined;
    const { follower, push } = await follow(feed, { witnesses: () => witnesses });
    await push(w1.cosign(w2.cosign(feed.checkpoint(), NOW), NOW));
    expect(follower.view()?.witnessed?.time).toBe(NOW);
    witnesses = policyOf([`witness w3 ${encodeVkey(w3.vkey)}`, 'quorum w3']);
    feed.mint();
    await settle();
    expect(follower.view()?.witnessed).toMatchObject({ by: [], policy: witnesses });
  });

  it('also where it asks for none, or for another log', async () => {
    const feed = createFeed();
    const none = await follow(feed, { witnesses: () => policyOf(['quorum none']) });
    expect(none.follower.view()?.witnessed).toBeUndefined();
    const lines = [
      `log ${encodeVkey(createLogKey('other.example').vkey)}`,
      `witness w ${encodeVkey(w1.vkey)}`,
      'quorum w',
    ];
    const other = await follow(feed, { witnesses: () => policyOf(lines) });
    await other.push(w1.cosign(feed.checkpoint(), NOW));
    expect(other.follower.view()?.witnessed).toMatchObject({ by: [] });
  });
});
