import { CodedError, consistencyProof, encodeUtf8, leafHash, parseStatement, readerOfLeaves } from '@holdfast/core';
import { auditLog, createFollower, createFollowerStoreMemory, isCosigned, readAudit } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import {
  appendAndTick,
  createTestNetwork,
  createTestSigner,
  settle,
  startTestNetwork,
  TEST_TICK_MS,
  type TestNetwork,
} from '../../../test/test-network.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { sizeOf } from '../../ports/network.contract.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;

async function entriesOf({ store }: Pick<TestNetwork, 'store'>): Promise<readonly string[]> {
  return store.readEntries(0, (await store.readHead()).size);
}

function typesOf(entries: readonly string[]): string[] {
  return entries.map((entry) => {
    const parse = parseStatement(entry);
    return parse.ok ? parse.statement.body.type : 'unparsed';
  });
}

/** Every entry, every epoch, the root: as anyone outside sees it. */
async function expectSound({ role, options, name }: TestNetwork): Promise<void> {
  const { signal } = new AbortController();
  const source = { ...role, fetchTile: role.readTile };
  const report = await readAudit(auditLog(source, { engine: options.engine, network: name, signal }));
  expect(report).toMatchObject({ holds: true, refused: {} });
}

describe('a network mints epochs', () => {
  it('one each tick, also when nothing happens, and at once after a start', async () => {
    const network = await createTestNetwork();
    await network.role.start(network.stop.signal);
    expect(typesOf(await entriesOf(network))).toEqual(['rulebook', 'epoch']);
    await network.tick(10 * TEST_TICK_MS);
    expect(typesOf(await entriesOf(network)).slice(2)).toEqual(Array.from({ length: 10 }, () => 'epoch'));
    await expectSound(network);
  });

  it('at once after a decision or a list, not sooner than 200 ms after the one before, and for nothing else', async () => {
    const network = await startTestNetwork();
    await network.tick(1000);
    const first = network.role.health().size;
    const revocation = await network.write.revoke(1);
    await network.role.append(revocation);
    await network.tick(1);
    const second = first + revocation.length + 1;
    expect(network.role.health().size).toBe(second);
    await network.role.append([await network.write.list('https://civic.example/2')]);
    await network.tick(198);
    expect(network.role.health().size).toBe(second);
    await network.tick(1);
    expect(network.role.health().size).toBe(second + 2);
    const before = network.role.health().size;
    await network.role.append([network.write.any({ type: 'novelty', v: 1, critical: ['a'] })]);
    await network.tick(TEST_TICK_MS - 1);
    expect(network.role.health().size).toBe(before);
    await network.tick(1);
    expect(network.role.health().size).toBe(before + 2);
    await expectSound(network);
  });

  it('early, rather than let more entries gather than a follower can take at once', async () => {
    const network = await startTestNetwork({ bounds: { maxWaiting: 1200 } });
    const novelties = Array.from({ length: 1300 }, (_, i) => `subject ${i}`);
    await network.sync();
    const appends = novelties.map((subject) =>
      network.role.append([network.write.any({ type: 'novelty', v: 1, critical: [subject] })]).catch((error) => error),
    );
    for (let i = 0; i < 20; i += 1) await settle();
    const receipts = await Promise.all(appends.slice(0, 1200));
    expect(receipts.every(({ count }) => count === 1)).toBe(true);
    expect(await appends[1250]).toMatchObject({ code: 'network.overloaded' });
    const types = typesOf(await entriesOf(network));
    const gaps = types.flatMap((type, i) => (type === 'epoch' ? [i] : []));
    expect(Math.max(...gaps.map((at, i) => at - (gaps[i - 1] ?? -1)))).toBeLessThanOrEqual(1024);
    await network.tick();
    await expectSound(network);
  });

  it('with a time that goes on when the clock goes back, and is not carried away when it jumps ahead', async () => {
    const network = await startTestNetwork();
    const { clock, role, events } = network;
    const before = role.health().lastEpochAt;
    clock.jump(-86_400_000);
    await network.tick();
    expect(role.health().lastEpochAt).toBe(before + 1);
    expect(events.map(({ code }) => code)).toEqual(['network.clock-behind']);
    clock.jump(86_400_000);
    await network.tick();
    const caughtUp = role.health().lastEpochAt;
    clock.jump(365 * 86_400_000);
    await network.tick();
    expect(role.health().lastEpochAt).toBe(caughtUp + TEST_TICK_MS + 3_600_000);
    expect(events.map(({ code }) => code)).toEqual(['network.clock-behind', 'network.clock-jump']);
    await expectSound(network);
  });
});

describe('a network takes statements', () => {
  it('that only make sense together, and those that need a key brought by the one before', async () => {
    const network = await startTestNetwork();
    const accredited = await network.write.accredit('https://other.example');
    const list = await network.write.list('https://civic.example/lists/9');
    expect(await network.role.append([...accredited, list])).toMatchObject({ count: 3 });
    await network.tick();
    expect(network.role.state.parties.has('https://other.example')).toBe(true);
    await expectSound(network);
  });

  it('puts what came at the same time into one write, each in its place', async () => {
    const network = await startTestNetwork();
    const lists = await Promise.all([1, 2, 3, 4, 5].map((i) => network.write.list(`https://civic.example/n/${i}`)));
    const sizes: number[] = [];
    const { store } = network;
    const append = store.append;
    store.append = (size, entries, checkpoint) => {
      sizes.push(entries.length);
      return append(size, entries, checkpoint);
    };
    const receipts = await Promise.all(lists.map((list) => network.role.append([list])));
    expect(sizes.reduce((a, b) => a + b)).toBe(5);
    expect(sizes.length).toBeLessThan(5);
    const entries = await entriesOf(network);
    for (const [i, { index }] of receipts.entries()) expect(entries[index]).toBe(lists[i]);
  });

  it('refuses one of several without hurting the others', async () => {
    const network = await startTestNetwork();
    const good = [await network.write.revoke(1), await network.write.revoke(2)];
    const bad = [await network.write.decision(['officer-a'])];
    const [first, refused, second] = await Promise.allSettled([
      network.role.append(good[0] ?? []),
      network.role.append(bad),
      network.role.append(good[1] ?? []),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second.status).toBe('fulfilled');
    expect(refused).toMatchObject({
      status: 'rejected',
      reason: { code: 'statement.refused', details: { why: 'quorum' } },
    });
    await network.tick();
    await expectSound(network);
  });

  it('takes no epoch from outside, not even a good one', async () => {
    const network = await startTestNetwork();
    const last = (await entriesOf(network)).at(-1) ?? '';
    await expect(network.role.append([last])).rejects.toMatchObject({ code: 'statement.refused' });
  });

  it('takes none before it is started and none after it is stopped', async () => {
    const network = await createTestNetwork();
    await expect(network.role.append(['x'])).rejects.toMatchObject({ code: 'network.starting' });
    await network.role.start(network.stop.signal);
    const events = network.role.stream(0, never)[Symbol.asyncIterator]();
    await events.next();
    const next = expect(events.next()).rejects.toMatchObject({ code: 'feed.closed' });
    network.stop.abort();
    await next;
    await settle();
    await expect(network.role.append(['x'])).rejects.toMatchObject({ code: 'network.stopped' });
    expect(network.clock.sleeping()).toBe(0);
  });
});

describe('a network crashes', () => {
  it('between an append and its epoch: what was acknowledged is there, and the next epoch covers it', async () => {
    const network = await startTestNetwork();
    const statements = await network.write.revoke(5);
    const { index } = await network.role.append(statements);
    network.stop.abort();
    const again = await createTestNetworkOn(network);
    await again.role.start(again.stop.signal);
    expect(await again.role.fetchEntries(index, index + 2, never)).toEqual(statements);
    expect(again.role.state.lists.get(LIST_URI)?.values[5]).toBe(1);
    expect(await again.role.append(statements)).toEqual({ index, count: 2 });
    await expectSound(again);
  });

  it('between the signed checkpoint and the store: nobody has seen what was signed', async () => {
    const network = await startTestNetwork();
    const signed: string[] = [];
    let isGone = true;
    const append = network.store.append;
    network.store.append = async (size, entries, checkpoint) => {
      if (isGone && checkpoint !== undefined) {
        signed.push(checkpoint);
        throw new CodedError('database.unreachable', 'Gone.');
      }
      await append(size, entries, checkpoint);
    };
    const events: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of network.role.stream(network.role.health().size, stop.signal)) {
        events.push(isCosigned(event) ? event.cosigned : event.checkpoint);
      }
    })();
    await network.tick(3 * TEST_TICK_MS);
    expect(signed.length).toBeGreaterThan(0);
    expect(events).toEqual([]);
    expect(network.role.health().status).toBe('waiting');
    isGone = false;
    await network.tick(2 * TEST_TICK_MS);
    expect(network.role.health().status).toBe('running');
    expect(events.length).toBeGreaterThan(0);
    expect(signed).not.toContain(events[0]);
    stop.abort();
    await reading;
    await expectSound(network);
  });

  it('or its store does, just after the write: the answer is the receipt all the same', async () => {
    const network = await startTestNetwork();
    let isCut = true;
    const append = network.store.append;
    network.store.append = async (size, entries, checkpoint) => {
      await append(size, entries, checkpoint);
      if (!isCut) return;
      isCut = false;
      throw new CodedError('database.outcome-unknown', 'The connection broke.');
    };
    const statements = await network.write.revoke(5);
    const appended = network.role.append(statements);
    await network.tick(500);
    const { index } = await appended;
    expect((await entriesOf(network)).slice(index, index + 2)).toEqual(statements);
    await network.tick();
    await expectSound(network);
  });

  it('the same with the epoch: it counts, and is told to everyone', async () => {
    const network = await startTestNetwork();
    let isCut = true;
    const append = network.store.append;
    network.store.append = async (size, entries, checkpoint) => {
      await append(size, entries, checkpoint);
      if (!isCut || checkpoint === undefined) return;
      isCut = false;
      throw new Error('a driver that knows no codes');
    };
    const follower = createFollower({
      network: network.name,
      source: network.role,
      store: createFollowerStoreMemory(),
      engine: network.options.engine,
      clock: network.clock,
      entropy: { bytes: (count) => new Uint8Array(count) },
    });
    const stop = new AbortController();
    await follower.start(stop.signal);
    await network.tick(1.5 * TEST_TICK_MS);
    expect(network.events.map(({ code }) => code)).toEqual(['network.store-failed']);
    expect(follower.position?.size).toBe(network.role.health().size);
    stop.abort();
    await expectSound(network);
  });

  it('gives up on an append that its store keeps waiting, and says that it may be sent again', async () => {
    const network = await startTestNetwork();
    const append = network.store.append;
    let isGone = true;
    network.store.append = async (...args) => {
      if (isGone) throw new CodedError('database.unreachable', 'Gone.');
      await append(...args);
    };
    const statements = await network.write.revoke(5);
    const appended = expect(network.role.append(statements)).rejects.toMatchObject({ code: 'network.overloaded' });
    await network.tick(10_000);
    await appended;
    isGone = false;
    await network.tick(5000);
    expect(await network.role.append(statements)).toMatchObject({ count: 2 });
    await network.tick();
    await expectSound(network);
  });

  it('refuses to run when a key has changed under its name, and mints nothing', async () => {
    const network = await startTestNetwork();
    const before = await entriesOf(network);
    network.stop.abort();
    await settle();
    const other = createNetwork({ ...network.options, signer: createTestSigner().signer });
    await expect(other.start(never)).rejects.toMatchObject({ code: 'network.other-keys' });
    expect(await entriesOf(network)).toEqual(before);
  });

  it.each<[string, string, (store: LogStore) => Partial<LogStore>]>([
    [
      'has lost entries',
      'network.store-damaged',
      (store) => ({ readHead: async () => ({ ...(await store.readHead()), size: 3 }) }),
    ],
    [
      'gives other entries',
      'network.store-damaged',
      (store) => ({
        readEntries: async (from, to) =>
          (await store.readEntries(from, to)).map((e, i) => (from + i === 2 ? `${e}x` : e)),
      }),
    ],
    [
      'has lost its checkpoints',
      'network.store-damaged',
      (store) => ({ readHead: async () => ({ size: (await store.readHead()).size }) }),
    ],
  ])('refuses to run on a store that %s', async (_, code, damage) => {
    const network = await startTestNetwork();
    network.stop.abort();
    await settle();
    const damaged = { ...network.store, ...damage(network.store) };
    const role = createNetwork({ ...network.options, store: damaged });
    await expect(role.start(never)).rejects.toMatchObject({ code });
  });

  it('stops, rather than go on, when its store is set back while it runs', async () => {
    const network = await startTestNetwork();
    const kept = createLogStoreMemory();
    await kept.append(0, (await entriesOf(network)).slice(0, 2), await network.role.fetchCheckpoint(never, 2));
    Object.assign(network.store, kept);
    await network.tick(2 * TEST_TICK_MS);
    expect(network.role.health().status).toBe('stopped');
    expect(network.events.at(-1)?.code).toBe('network.store-damaged');
    expect((await kept.readHead()).size).toBe(2);
  });

  it('stops as well when only an entry is lost that no epoch covered yet', async () => {
    const network = await startTestNetwork();
    const kept = createLogStoreMemory();
    await kept.append(0, await entriesOf(network), await network.role.fetchCheckpoint(never));
    await network.role.append(await network.write.revoke(1));
    Object.assign(network.store, kept);
    await network.tick(2 * TEST_TICK_MS);
    expect(network.role.health().status).toBe('stopped');
    expect(network.events.at(-1)?.code).toBe('network.store-damaged');
  });

  it('knows another network by its genesis, and founds none without one', async () => {
    const network = await startTestNetwork();
    const other = await createTestNetwork({ store: network.store });
    await expect(other.role.start(never)).rejects.toMatchObject({ code: 'network.other-genesis' });
    const { genesis: _, ...without } = network.options;
    const unfounded = createNetwork({ ...without, store: createLogStoreMemory() });
    await expect(unfounded.start(never)).rejects.toMatchObject({ code: 'network.no-genesis' });
    const wrong = createNetwork({
      ...without,
      store: createLogStoreMemory(),
      genesis: network.write.any({ type: 'x', v: 1 }),
    });
    await expect(wrong.start(never)).rejects.toMatchObject({ code: 'network.genesis-refused' });
  });
});

describe('two sequencers at one store', () => {
  it('make one log between them, with everything that either has acknowledged', async () => {
    const one = await startTestNetwork();
    const two = await createTestNetworkOn(one);
    await two.role.start(two.stop.signal);
    const batches = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((index) => one.write.revoke(index)));
    const appends = batches.map((batch, i) => (i % 2 === 0 ? one : two).role.append(batch));
    await one.tick(1000);
    const receipts = await Promise.all(appends);
    await one.tick(3 * TEST_TICK_MS);
    const entries = await entriesOf(one);
    receipts.forEach(({ index }, i) => {
      expect(entries.slice(index, index + 2)).toEqual(batches[i]);
    });
    expect(new Set(entries).size).toBe(entries.length);
    await expectSound(one);
    await expectSound(two);
  });

  it('found one network when both start with it', async () => {
    const one = await createTestNetwork();
    const two = await createTestNetworkOn(one);
    await Promise.all([one.role.start(one.stop.signal), two.role.start(two.stop.signal)]);
    await one.tick(3 * TEST_TICK_MS);
    expect(one.role.name).toBe(one.name);
    expect(typesOf(await entriesOf(one)).filter((type) => type === 'rulebook')).toHaveLength(1);
    await expectSound(one);
  });
});

describe('a network serves followers', () => {
  it('tells one that does not keep up to read for itself, and keeps nothing else for it', async () => {
    const network = await startTestNetwork();
    const events = network.role.stream(0, never)[Symbol.asyncIterator]();
    await network.tick(20 * TEST_TICK_MS);
    const { value } = await events.next();
    expect(value).toMatchObject({ isResync: true });
    expect(value).not.toHaveProperty('entries');
    expect(sizeOf(value?.checkpoint)).toBe(network.role.health().size);
  });

  it('has a bounded number of places, and one that is left is free again', async () => {
    const network = await startTestNetwork({ bounds: { maxSubscribers: 2 } });
    const stop = new AbortController();
    network.role.stream(0, never);
    network.role.stream(0, stop.signal);
    expect(() => network.role.stream(0, never)).toThrow(expect.objectContaining({ code: 'feed.full' }));
    stop.abort();
    network.role.stream(0, never);
    expect(network.role.health().subscribers).toBe(2);
  });

  it('gives every subscriber the same event, with what is small and without what is large', async () => {
    const network = await startTestNetwork({ bounds: { maxPushedBytes: 6000 } });
    const streams = [1, 2, 3].map(() => network.role.stream(network.role.health().size, never)[Symbol.asyncIterator]());
    await appendAndTick(network, await network.write.revoke(1));
    const small = await Promise.all(streams.map((stream) => stream.next()));
    expect(small[0]?.value.entries).toHaveLength(3);
    expect(new Set(small.map(({ value }) => value)).size).toBe(1);
    await network.role.append((await Promise.all([2, 3, 4, 5, 6].map((i) => network.write.revoke(i)))).flat());
    await network.tick(200);
    const from = (small[0]?.value.from ?? 0) + 3;
    let large = await streams[0]?.next();
    while (large?.value.entries !== undefined) large = await streams[0]?.next();
    expect(sizeOf(large?.value.checkpoint)).toBeGreaterThan(from);
  });

  it('proves inclusion and consistency from its tiles', async () => {
    const network = await startTestNetwork();
    await network.role.append(
      Array.from({ length: 250 }, (_, i) => network.write.any({ type: 'novelty', v: 1, critical: [`${i}`] })),
    );
    await network.tick(20 * TEST_TICK_MS);
    const entries = await entriesOf(network);
    const { size } = network.role.health();
    expect(size).toBeGreaterThan(260);
    const read = readerOfLeaves(entries.map((entry) => leafHash(encodeUtf8(entry))));
    for (const [from, to] of [
      [1, size],
      [256, 257],
      [255, size],
      [100, 260],
    ] as const) {
      expect(await network.role.readConsistencyProof(from, to)).toEqual(consistencyProof(from, to, read));
    }
    await expect(network.role.readInclusionProof(size, size)).rejects.toMatchObject({ code: 'log.out-of-range' });
    await expect(network.role.readInclusionProof(0, size + 1)).rejects.toMatchObject({ code: 'log.out-of-range' });
    await expect(network.role.readConsistencyProof(0, size)).rejects.toMatchObject({ code: 'log.out-of-range' });
    await network.role.append(await network.write.revoke(1));
    const unsigned = (await network.store.readHead()).size;
    expect(unsigned).toBe(size + 2);
    await expect(network.role.readBundle(1, unsigned - 256)).rejects.toMatchObject({ code: 'log.out-of-range' });
    await expect(network.role.readTile(0, 1, unsigned - 256)).rejects.toMatchObject({ code: 'log.out-of-range' });
    expect(await network.role.readTile(1, 0, 1)).toHaveLength(32);
    await expect(network.role.readTile(1, 0, 2)).rejects.toMatchObject({ code: 'log.out-of-range' });
    await expectSound(network);
  });
});

/** Another process of the same network, on the same store and clock. */
async function createTestNetworkOn(network: TestNetwork): Promise<TestNetwork> {
  const role = createNetwork(network.options);
  return { ...network, role, stop: new AbortController() };
}
