import {
  createEpoch,
  encodeSnapshot,
  encodeVkey,
  type LogKeysAt,
  logKeysFor,
  type NetworkState,
  proveKeys,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { buildLog, foldEntries, LIST_URI, meaningOf } from '../../../core/test/log-builder.ts';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { type Rotating, rotatingFeed } from '../../test/rotating-feed.ts';
import { checkpointText, createTestFeed, type LogKey } from '../../test/test-feed.ts';
import { createFollower } from './follower.ts';
import type { FollowerOptions } from './follower-options.ts';
import { createFollowerStoreMemory } from './follower-store-memory.ts';
import { checkFraudProof, encodeFraudProof, type FraudProof } from './fraud-proof.ts';
import { createFraudStoreMemory } from './fraud-store-memory.ts';
import { createSnapshotStoreMemory } from './snapshot-store-memory.ts';

const DAY_MS = 86_400_000;

async function follow(feed: Rotating, options: Partial<FollowerOptions> = {}) {
  const parts = {
    ...{ network: feed.network, source: feed.source, engine: feed.engine, clock: createManualClock() },
    entropy: { bytes: (count: number) => new Uint8Array(count) },
    store: createFollowerStoreMemory(),
    snapshots: createSnapshotStoreMemory(),
    fraud: createFraudStoreMemory(),
    ...options,
  };
  const follower = createFollower(parts);
  await follower.start(new AbortController().signal);
  await settle();
  return { follower, ...parts, codes: () => follower.health().alarms.map(({ code }) => code) };
}

const beginning = (feed: Rotating, bytes: Uint8Array): Partial<FollowerOptions> => ({
  beginAt: 'snapshot',
  source: { ...feed.source, fetchSnapshot: async () => bytes },
});

/** How the key came to change: as it does, or because a thief has the old one. */
const terms = (feed: Rotating, isStolen: boolean) => {
  const vkey = encodeVkey(feed.first.vkey);
  return isStolen
    ? { compromised: [{ vkey, from: feed.log.entries.length }] }
    : { previous: { vkey, until: feed.log.state.time + DAY_MS } };
};

describe('the keys that may have signed a checkpoint', () => {
  it('are the one in force at the epoch, and before it those that were', () => {
    const log = {
      origin: 'o',
      vkey: 'third',
      previous: { vkey: 'second', until: 5000 },
      compromised: [{ vkey: 'first', from: 7 }],
    };
    const known = { log, size: 10, time: 4000 };
    expect(logKeysFor(known, 10)).toEqual(['third']);
    expect(logKeysFor(known, 11)).toEqual(['third']);
    expect(logKeysFor(known, 9)).toEqual(['third', 'second']);
    expect(logKeysFor(known, 7)).toEqual(['third', 'second']);
    expect(logKeysFor(known, 6)).toEqual(['third', 'second', 'first']);
  });
});

describe('a snapshot after the key of the log has changed', () => {
  it.each([false, true])('is begun at by whoever knows the genesis alone (old key stolen: %s)', async (isStolen) => {
    const feed = rotatingFeed();
    feed.rotate(terms(feed, isStolen));
    const bytes = feed.snapshot([feed.second]);
    const size = feed.log.entries.length;
    feed.log.revoke([{ list: LIST_URI, index: 9 }]);
    feed.epochs(1);
    const begun = await follow(feed, beginning(feed, bytes));
    expect(begun.codes()).toEqual([]);
    expect(begun.follower.health().begunAt).toBe(size);
    expect(meaningOf(begun.follower.state)).toEqual(meaningOf(feed.log.state));
  });

  it.each([
    ['by the key that was given up', (feed: Rotating) => feed.snapshot([feed.first]), 'feed.unproved'],
    ['cut off', (feed: Rotating) => feed.snapshot([feed.second]).slice(0, -40), 'snapshot.malformed'],
    [
      'with a key of the log that no epoch commits to',
      (feed: Rotating) =>
        feed.snapshot([feed.first], (state) => {
          const { rulebook } = state;
          const log = { origin: feed.first.vkey.name, vkey: encodeVkey(feed.first.vkey) };
          if (rulebook !== undefined) state.rulebook = { ...rulebook, body: { ...rulebook.body, log } };
        }),
      'snapshot.mismatch',
    ],
    ['of a log that a thief of it has made up', madeUp, 'feed.unproved'],
  ])('is of no use when it is signed %s', async (_, make, code) => {
    const feed = rotatingFeed();
    feed.rotate();
    const begun = await follow(feed, beginning(feed, make(feed)));
    expect(begun.codes()).toEqual([code]);
    expect(begun.follower.health().begunAt).toBe(0);
    expect(meaningOf(begun.follower.state)).toEqual(meaningOf(feed.log.state));
  });
});

/** Whoever has the first key of the log and nothing else writes rules of his own, with a network that he can sign for. */
function madeUp(feed: Rotating): Uint8Array {
  const { signatures, rulebook } = feed.log;
  const keys = { ...rulebook.keys, network: signatures.key('thief').jwk };
  const log = buildLog({ signatures, rulebook: { ...rulebook, keys }, until: 'genesis' });
  log.append(log.statement(createEpoch(log.state, 1_700_000_000_000), 'thief'));
  const state: NetworkState = { ...foldEntries(log.entries, signatures), name: feed.network };
  const checkpoint = feed.first.signNote(checkpointText(log.entries));
  return encodeSnapshot(state, { epoch: log.entries.at(-1) ?? '', checkpoint }) ?? new Uint8Array();
}

/** Another history of the same size, under the key given. */
function otherHistory(feed: Rotating, key: LogKey): string {
  const other = createTestFeed({ key: feed.first });
  other.log.revoke([{ list: LIST_URI, index: 77 }]);
  while (other.log.entries.length < feed.log.entries.length) other.log.epoch();
  return key.signNote(checkpointText(other.log.entries.slice(0, feed.log.entries.length)));
}

describe('a proof of fraud after the key of the log has changed', () => {
  it('is made and checked by the key in force, with nothing but the genesis in it', async () => {
    const feed = rotatingFeed();
    feed.rotate(terms(feed, false));
    const { follower, fraud, store } = await follow(feed);
    feed.push({ checkpoint: otherHistory(feed, feed.second), from: 0 });
    await settle();
    expect(follower.contradiction).toBe('feed.fork');
    const [kept] = await fraud.readFraud();
    const proved = await checkFraudProof(kept?.proof ?? '', feed.engine);
    expect(proved).toMatchObject({ kind: 'two-histories', keys: [encodeVkey(feed.second.vkey)] });
    expect((await follow(feed, { store, fraud })).follower.contradiction).toBe('feed.fork');
    const { keys: _, ...without } = JSON.parse(kept?.proof ?? '{}') as FraudProof;
    for (const proof of [without, { ...without, keys: { epoch: feed.log.entries[0] ?? '', rulebook: [] } }]) {
      const asked = checkFraudProof(encodeFraudProof(proof as FraudProof), feed.engine);
      await expect(asked).rejects.toMatchObject({ code: 'fraud.unproved' });
    }
  });

  it('is made of a wrong epoch under the later key', async () => {
    const feed = rotatingFeed();
    feed.rotate();
    const { follower, fraud } = await follow(feed);
    const { log } = feed;
    const epoch = createEpoch(log.state, log.state.time + 5000);
    log.append(log.statement({ ...epoch, sections: { ...epoch.sections, lists: 'A'.repeat(43) } }, 'network'));
    feed.push({ checkpoint: feed.honest(log.entries.length), from: log.entries.length - 1 });
    await settle();
    expect(follower.health().phase).toBe('halted');
    const [kept] = await fraud.readFraud();
    const proved = await checkFraudProof(kept?.proof ?? '', feed.engine);
    expect(proved).toMatchObject({ kind: 'wrong-epoch', why: 'epoch-sections', keys: [encodeVkey(feed.second.vkey)] });
  });

  it('is worth nothing by a stolen key, to whoever has read that it was', async () => {
    const feed = rotatingFeed();
    feed.epochs(5);
    const [ours, theirs] = [feed.honest(feed.log.entries.length), otherHistory(feed, feed.first)];
    const genesis = feed.log.entries[0] ?? '';
    const proof = encodeFraudProof({
      type: 'fraud-proof',
      v: 1,
      genesis,
      kind: 'two-histories',
      checkpoints: [ours, theirs],
    });
    expect((await checkFraudProof(proof, feed.engine)).keys).toEqual([encodeVkey(feed.first.vkey)]);
    feed.rotate(terms(feed, true));
    const fraud = createFraudStoreMemory();
    await fraud.keepFraud({ digest: 'x', proof });
    const { follower, store } = await follow(feed);
    await follower[Symbol.asyncDispose]();
    expect((await follow(feed, { fraud, store })).follower.contradiction).toBeUndefined();
    const { rulebook, position } = feed.log.state;
    if (rulebook === undefined || position === undefined) return expect.fail('there is an epoch');
    const known: LogKeysAt = { log: rulebook.body.log, size: position.size, time: position.time };
    await expect(checkFraudProof(proof, feed.engine, [known])).rejects.toMatchObject({ code: 'fraud.unproved' });
    // Nor with the network's own word on its keys in it.
    const told = { ...JSON.parse(proof), keys: proveKeys(feed.log.state, feed.log.entries.at(-1) ?? '') };
    const asked = checkFraudProof(encodeFraudProof(told), feed.engine);
    await expect(asked).rejects.toMatchObject({ code: 'fraud.unproved' });
  });
});
