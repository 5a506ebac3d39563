import {
  createEpoch,
  encodeBase64url,
  encodeUtf8,
  encodeVkey,
  inclusionProof,
  leafHash,
  readerOfLeaves,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../core/test/log-builder.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, type TestFeed } from '../../test/test-feed.ts';
import { createFollower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';
import { checkFraudProof, encodeFraudProof, type FraudProof } from './fraud-proof.ts';
import { createFraudStoreMemory } from './fraud-store-memory.ts';

async function follow(feed: TestFeed, options: Partial<FollowerOptions> = {}) {
  const { network, source, engine } = feed;
  const parts = { store: createFollowerStoreMemory(), fraud: createFraudStoreMemory(), ...options };
  const entropy = { bytes: (count: number) => new Uint8Array(count) };
  const follower = createFollower({ network, source, engine, clock: createManualClock(), entropy, ...parts });
  await follower.start(new AbortController().signal);
  await settle();
  return { follower, ...parts };
}

/** Two logs of one genesis and one key: what one key must never have signed. */
function twoHistories() {
  const feed = createTestFeed();
  const other = createTestFeed({ key: feed.key });
  feed.log.revoke([{ list: LIST_URI, index: 1 }]);
  other.log.revoke([{ list: LIST_URI, index: 2 }]);
  feed.log.epoch();
  other.log.epoch();
  return { feed, other };
}

const twoOf = (feed: TestFeed, a: string, b: string): Extract<FraudProof, { kind: 'two-histories' }> => ({
  type: 'fraud-proof',
  v: 1,
  genesis: feed.log.entries[0] ?? '',
  kind: 'two-histories',
  checkpoints: [a, b],
});

describe('two histories of one log', () => {
  it('are kept by whoever saw both, as a proof that a stranger checks with nothing else', async () => {
    const { feed, other } = twoHistories();
    const { follower, fraud, store } = await follow(feed);
    feed.push({ checkpoint: other.checkpoint(), from: 0 });
    await settle();
    expect(follower.contradiction).toBe('feed.fork');
    const kept = await fraud.readFraud();
    expect(kept).toHaveLength(1);
    const proved = await checkFraudProof(kept[0]?.proof ?? '', createTestFeed().engine);
    const { length } = feed.log.entries;
    const keys = [encodeVkey(feed.key.vkey)];
    expect(proved).toEqual({ network: feed.network, kind: 'two-histories', keys, sizes: [length, length] });
    // Whoever starts again has not forgotten it, and judges by nothing that comes after.
    const again = await follow(feed, { store, fraud });
    expect(again.follower.contradiction).toBe('feed.fork');
    expect(again.follower.health().phase).toBe('halted');
    expect(again.follower.position).toEqual(feed.log.state.position);
  });

  it('are also proved by one entry in which they differ, when their sizes do', async () => {
    const { feed, other } = twoHistories();
    other.log.epoch();
    const leaves = [feed, other].map(({ log }) => {
      const hashes = log.entries.map((entry) => leafHash(encodeUtf8(entry)));
      const index = feed.log.entries.length - 2;
      const inclusion = inclusionProof(index, hashes.length, readerOfLeaves(hashes)).map(encodeBase64url);
      return { leaf: encodeBase64url(hashes[index] ?? new Uint8Array()), inclusion };
    });
    const [a, b] = leaves;
    if (a === undefined || b === undefined) return expect.fail('there are two');
    const index = feed.log.entries.length - 2;
    const two = twoOf(feed, feed.checkpoint(), other.checkpoint());
    const proof = { ...two, differ: { index, leaves: [a, b] as const } };
    const { sizes } = await checkFraudProof(encodeFraudProof(proof), feed.engine);
    expect(sizes).toEqual([feed.log.entries.length, other.log.entries.length]);
    for (const forged of [
      two,
      { ...two, differ: { index: index - 1, leaves: [a, b] as const } },
      { ...two, differ: { index, leaves: [a, a] as const } },
      { ...two, differ: { index, leaves: [b, a] as const } },
    ]) {
      await expect(checkFraudProof(encodeFraudProof(forged), feed.engine)).rejects.toMatchObject({
        code: 'fraud.unproved',
      });
    }
  });

  it('are found and proved where the epochs of the other one lie elsewhere, also while it is the smaller one', async () => {
    for (const isSmaller of [false, true]) {
      const { feed, other } = twoHistories();
      feed.log.epoch();
      for (let i = 3; i < 5; i += 1) other.log.revoke([{ list: LIST_URI, index: i }]);
      if (!isSmaller) other.log.epoch();
      const { follower, fraud } = await follow(feed);
      const { fetchCheckpoint, fetchEntries } = other.source;
      Object.assign(feed.source, { fetchCheckpoint, fetchEntries });
      await expect(follower.pull(new AbortController().signal)).rejects.toMatchObject({ code: 'feed.fork' });
      expect(follower.contradiction).toBe('feed.fork');
      const [kept] = await fraud.readFraud();
      const { sizes } = await checkFraudProof(kept?.proof ?? '', createTestFeed().engine);
      expect(new Set(sizes).size).toBe(2);
    }
  });

  it('are not said of a log whose old checkpoint is shown, or whose key of before signs another', async () => {
    const feed = createTestFeed();
    for (let i = 0; i < 3; i += 1) feed.log.epoch();
    const { follower } = await follow(feed);
    feed.source.fetchCheckpoint = async () => feed.checkpoint(feed.log.entries.length - 1);
    await expect(follower.pull(new AbortController().signal)).rejects.toMatchObject({ code: 'feed.rollback' });
    expect(follower.contradiction).toBeUndefined();
  });

  it('convince nobody when somebody else has signed one, when they are one, or when one follows the other', async () => {
    const { feed, other } = twoHistories();
    const stranger = createTestFeed();
    const [text] = other.checkpoint().split('\n\n');
    const ours = feed.checkpoint();
    for (const [a, b] of [
      [ours, stranger.key.signNote(`${text}\n`)],
      [ours, ours],
      [ours, feed.checkpoint(feed.log.entries.length - 1)],
      [ours, stranger.checkpoint()],
      [ours, other.checkpoint().replace('— ', '— x')],
      [ours, 'nonsense'],
    ] as const) {
      const asked = checkFraudProof(encodeFraudProof(twoOf(feed, a, b)), feed.engine);
      await expect(asked).rejects.toMatchObject({ code: 'fraud.unproved' });
    }
    // Under the genesis of another network it is about that network, and its key has signed neither.
    const elsewhere = checkFraudProof(encodeFraudProof(twoOf(stranger, ours, other.checkpoint())), feed.engine);
    await expect(elsewhere).rejects.toMatchObject({ code: 'fraud.unproved' });
    // A follower believes what it has kept no more than what it is told.
    const fraud = createFraudStoreMemory();
    await fraud.keepFraud({ digest: 'x', proof: encodeFraudProof(twoOf(feed, ours, ours)) });
    await fraud.keepFraud({ digest: 'y', proof: 'nonsense' });
    expect((await follow(feed, { fraud })).follower.contradiction).toBeUndefined();
  });
});

describe('an epoch that is wrong', () => {
  /** The network signs an epoch over another state than its log's. */
  function wrongEpoch(feed: TestFeed): void {
    const epoch = createEpoch(feed.log.state, feed.log.state.time + 5000);
    const body = { ...epoch, sections: { ...epoch.sections, lists: 'A'.repeat(43) } };
    feed.log.append(feed.log.statement(body, 'network'));
    feed.push({ checkpoint: feed.checkpoint(), from: feed.log.entries.length - 1 });
  }

  it.each(['in the middle of a log', 'as the first of a log'])(
    '%s is kept with all that a stranger needs to see it',
    async (where) => {
      const feed = createTestFeed();
      const { follower, fraud } = await follow(feed);
      feed.log.revoke([{ list: LIST_URI, index: 1 }]);
      wrongEpoch(feed);
      await settle();
      expect(follower.health().phase).toBe('halted');
      const [kept] = await fraud.readFraud();
      const proof = JSON.parse(kept?.proof ?? '{}') as Extract<FraudProof, { kind: 'wrong-epoch' }>;
      if (where === 'as the first of a log') {
        const { snapshot: _, ...whole } = { ...proof, entries: feed.log.entries };
        expect(await checkFraudProof(encodeFraudProof(whole), feed.engine)).toMatchObject({ why: 'epoch-sections' });
        return;
      }
      expect(await checkFraudProof(kept?.proof ?? '', feed.engine)).toEqual({
        network: feed.network,
        kind: 'wrong-epoch',
        keys: [encodeVkey(feed.key.vkey)],
        sizes: [feed.log.entries.length],
        why: 'epoch-sections',
      });
      const { checkpoint, entries, snapshot = '' } = proof;
      for (const forged of [
        { ...proof, entries: entries.slice(1) },
        { ...proof, entries: [...entries, entries[0] ?? ''] },
        { ...proof, checkpoint: feed.checkpoint(feed.log.entries.length - 1) },
        { ...proof, checkpoint: createTestFeed().checkpoint() },
        { ...proof, snapshot: `${snapshot.slice(0, -8)}AAAAAAAA` },
        { ...proof, genesis: createTestFeed().log.entries[0] ?? '' },
      ]) {
        const asked = checkFraudProof(encodeFraudProof(forged), feed.engine);
        await expect(asked, JSON.stringify(forged).slice(0, 80)).rejects.toMatchObject({ code: 'fraud.unproved' });
      }
      expect(checkpoint).toBe(feed.checkpoint());
    },
  );

  it('is not made out of one that is right, or refused for what anybody could have written', async () => {
    const feed = createTestFeed();
    feed.log.revoke([{ list: LIST_URI, index: 1 }]);
    feed.log.epoch();
    const proof: FraudProof = {
      type: 'fraud-proof',
      v: 1,
      genesis: feed.log.entries[0] ?? '',
      kind: 'wrong-epoch',
      checkpoint: feed.checkpoint(),
      entries: feed.log.entries,
    };
    await expect(checkFraudProof(encodeFraudProof(proof), feed.engine)).rejects.toMatchObject({
      code: 'fraud.unproved',
    });
    feed.log.append(feed.log.statement({ ...createEpoch(feed.log.state, 1), size: 0 }, 'governor'));
    const written = { ...proof, checkpoint: feed.checkpoint(), entries: feed.log.entries };
    await expect(checkFraudProof(encodeFraudProof(written), feed.engine)).rejects.toMatchObject({
      code: 'fraud.unproved',
    });
  });
});

it.each([
  '',
  '[]',
  '{}',
  '{"type":"fraud-proof","v":1,"genesis":"x","kind":"other"}',
  '{"type":"fraud-proof","v":1,"genesis":"x","kind":"two-histories","checkpoints":["a"]}',
  '{"type":"fraud-proof","v":1,"genesis":"x","kind":"two-histories","checkpoints":["a","b"],"differ":{"index":-1.5}}',
  '{"type":"fraud-proof","v":1,"genesis":"x","kind":"wrong-epoch","checkpoint":"a","entries":[1]}',
])('%j is no proof at all', async (text) => {
  const asked = checkFraudProof(text, createTestFeed().engine);
  await expect(asked).rejects.toMatchObject({ code: 'fraud.malformed' });
});
