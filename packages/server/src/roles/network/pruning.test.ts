import { encodeUtf8, leafHash, parseCheckpoint, parseNote, verifyConsistency, verifyInclusion } from '@holdfast/core';
import { createFollower, createFollowerStoreMemory, createSnapshotStoreMemory } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { amendment } from '../../../test/amendment.ts';
import { startTestNetwork, TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { createHttpNetwork } from '../../adapters/http-network/http-network.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import { networkRoutes } from '../../http/network/network-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import { createPruning } from './pruning.ts';

const never = new AbortController().signal;

/** Long enough for two full bundles before the last, one epoch every five seconds. */
async function longNetwork(): Promise<TestNetwork> {
  const snapshots = createSnapshotStoreMemory();
  const network = await startTestNetwork({ snapshots, bounds: { entriesPerSnapshot: 100 } });
  await network.clock.advance(700 * TEST_TICK_MS);
  return network;
}

/** The same log under a rulebook that states a retention. */
function stated({ role, store }: TestNetwork, entriesMs: number | undefined, laterMs = 0) {
  const { rulebook, time, position } = role.state;
  if (rulebook === undefined) throw new Error('a log begins with its rulebook');
  const body = { ...rulebook.body, ...(entriesMs === undefined ? {} : { retention: { entriesMs } }) };
  return createPruning(store, () => ({ rulebook: { ...rulebook, body }, time: time + laterMs, position }));
}

const LONG = await longNetwork();

describe('the minimum index of a log', () => {
  it('is 0 where the rulebook states no retention, and while nothing is older than it', async () => {
    expect(await stated(LONG, undefined).minimumIndex()).toBe(0);
    expect(await stated(LONG, 365 * 86_400_000).minimumIndex()).toBe(0);
  });

  it('is the size at the last epoch that is older than the retention', async () => {
    const { position } = LONG.role.state;
    for (const epochs of [10, 333, 600]) {
      const minimum = await stated(LONG, epochs * TEST_TICK_MS).minimumIndex();
      expect(minimum).toBe((position?.size ?? 0) - epochs);
    }
  });

  it('only grows, and is not looked for again before some of the retention has passed', async () => {
    let reads = 0;
    const counting = createLogStoreMemory();
    const { store, role } = LONG;
    const { rulebook, position } = role.state;
    if (rulebook === undefined) throw new Error('a log begins with its rulebook');
    let { time } = role.state;
    const body = { ...rulebook.body, retention: { entriesMs: 640 * TEST_TICK_MS } };
    const readCheckpoint: typeof counting.readCheckpoint = (atMost) => {
      reads += 1;
      return store.readCheckpoint(atMost);
    };
    const pruning = createPruning({ ...store, readCheckpoint }, () => ({
      rulebook: { ...rulebook, body },
      time,
      position,
    }));
    const first = await pruning.minimumIndex();
    const asked = reads;
    expect(asked).toBeLessThan(20);
    time += 5 * TEST_TICK_MS;
    expect(await pruning.minimumIndex()).toBe(first);
    expect(reads).toBe(asked);
    time += 100 * TEST_TICK_MS;
    const later = await pruning.minimumIndex();
    expect(later).toBe(first + 105);
    time -= 1000 * TEST_TICK_MS;
    expect(await pruning.minimumIndex()).toBe(later);
  });

  it('denies what ends before it, but for what holds entry 0, and nothing else', async () => {
    const pruning = stated(LONG, 150 * TEST_TICK_MS);
    expect(await pruning.minimumIndex()).toBeGreaterThan(512);
    await expect(pruning.assertKept(0, 1)).rejects.toMatchObject({ code: 'log.pruned' });
    for (const [level, index] of [
      [0, 0],
      [0, 2],
      [1, 0],
    ] as const)
      await pruning.assertKept(level, index);
  });
});

describe('a network that prunes', () => {
  it('answers for its checkpoints, its proofs and everything above, and says from where', async () => {
    const network = LONG;
    const { role, store } = network;
    const away = await followOverHttp(network);
    const had = away.follower.position;
    const retained = await startRetaining(network);
    const { size } = retained.health();
    const minimum = await retained.minimumIndex();
    expect(minimum).toBeGreaterThan(512);
    await expect(retained.readBundle(1, 256)).rejects.toMatchObject({
      code: 'log.pruned',
      details: { minimumIndex: minimum },
    });
    await expect(retained.readTile(0, 1, 256)).rejects.toMatchObject({ code: 'log.pruned' });
    await expect(retained.fetchEntries(300, 310, never)).rejects.toMatchObject({ code: 'log.pruned' });
    expect(await retained.fetchEntries(0, 1, never)).toEqual([network.genesis]);
    expect(await retained.readTile(1, 0, Math.floor(size / 256))).toHaveLength(Math.floor(size / 256) * 32);
    const note = await retained.fetchCheckpoint(never);
    const { root } = parseCheckpoint(parseNote(note).text);
    const [entry = ''] = await retained.fetchEntries(minimum, minimum + 1, never);
    const proof = await retained.readInclusionProof(minimum, size);
    const leaf = leafHash(encodeUtf8(entry));
    expect(verifyInclusion({ leafHash: leaf, index: minimum, size, root, proof })).toBe(true);
    const older = parseCheckpoint(parseNote((await store.readCheckpoint(minimum)) ?? '').text);
    const consistency = await retained.readConsistencyProof(older.size, size);
    expect(
      verifyConsistency({ from: older.size, to: size, fromRoot: older.root, toRoot: root, proof: consistency }),
    ).toBe(true);
    expect(await role.minimumIndex()).toBe(minimum);
    // Who was away for longer, and who comes new, goes on from the snapshot without being told to.
    const come = await followOverHttp(network);
    await away.pull();
    for (const { follower } of [away, come]) {
      expect(follower.position).toEqual(role.state.position);
      expect(follower.health()).toMatchObject({ alarms: [], begunAt: expect.any(Number) });
      expect(follower.health().begunAt).toBeGreaterThan(512);
    }
    expect(await away.store.readEntries(1, had?.size ?? 0)).toHaveLength((had?.size ?? 0) - 1);
    await expect(retained.fetchConsistencyProof?.(5, size + 1, never)).rejects.toMatchObject({
      code: 'log.out-of-range',
    });
    for (const { close } of [away, come]) await close();
  });
});

/** A follower beside a clock of its own: what goes over the wire takes its own time. */
async function followOverHttp({ role, name, options }: TestNetwork) {
  const clock = createManualClock();
  const app = await createHttpServer(false);
  networkRoutes(app, { network: role });
  const source = createHttpNetwork({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
  const store = createFollowerStoreMemory();
  const snapshots = createSnapshotStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(count) };
  const follower = createFollower({ network: name, source, store, snapshots, engine: options.engine, clock, entropy });
  async function pull(): Promise<void> {
    let isDone = false;
    const pulled = follower.pull(never).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await clock.advance(0);
    }
    await pulled;
  }
  await pull();
  return { follower, store, pull, close: () => app.close() };
}

/** States a retention by the quorum's amendment, and lets it come into force. */
async function startRetaining(network: TestNetwork): Promise<TestNetwork['role']> {
  const log = await network.sync();
  const body = { ...log.rulebook, retention: { entriesMs: 3_600_000 } };
  const effectiveAt = log.state.time + 8 * 86_400_000;
  await network.role.append(amendment(log, body, effectiveAt));
  for (let hour = 0; hour < 8 * 24 + 2; hour += 1) {
    network.clock.jump(3_600_000);
    await network.clock.advance(TEST_TICK_MS);
  }
  return network.role;
}
