import {
  CodedError,
  copyNetworkState,
  encodeLineage,
  encodeNote,
  encodeVkey,
  noteMessage,
  parseCheckpoint,
  parseNote,
  proveSuccession,
  vkeyOf,
} from '@holdfast/core';
import { createSnapshotStoreMemory, type FollowerOptions, type FormerLog } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { NEW_ORIGIN, succeedLog } from '../../../../core/test/succession.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { checkpointText, ORIGIN } from '../../../../verifier/test/test-feed.ts';
import { followAll, oneAddress, succeeded } from '../../../test/succeeded-network.ts';
import { TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { createHttpNetwork } from '../../adapters/http-network/http-network.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import { networkRoutes } from '../../http/network/network-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { createFormerLog } from './former-log.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;
/** So many entries are read at a time: the old log takes several steps. */
const bounds = { maxEntriesPerStep: 6, sourceTimeoutMs: 1000 };

/** The old log as far as a store has it, and the network in its new log, which serves that when it is told to. */
async function ended() {
  const network = await succeeded();
  const { old, options } = network;
  const { checkpoint = '' } = await old.store.readHead();
  const { predecessor = expect.fail('there is one') } = options;
  const formerOf = (store: LogStore) => createFormerLog(store, { state: predecessor, checkpoint });
  const former = await formerOf(old.store);
  return {
    ...network,
    former,
    formerOf,
    size: sizeOf(checkpoint),
    serving: createNetwork({ ...options, former: [former] }),
  };
}

/** Whoever was away since the old log had so many entries. */
async function awaySince({ old }: { old: TestNetwork }, atMost: number, kept: Partial<FollowerOptions> = {}) {
  const early = { ...old.role, fetchCheckpoint: (signal: AbortSignal) => old.role.fetchCheckpoint(signal, atMost) };
  const address = oneAddress(early);
  const followed = await followAll(old, address.at, { bounds, ...kept });
  await followed.follower.pull(never);
  return { ...followed, address, before: followed.follower.position };
}

/** As a server of mere files has it: tiles, and no proofs. */
const filesOf = ({ fetchCheckpoint, fetchEntries, fetchTile }: FormerLog): FormerLog => ({
  ...{ fetchCheckpoint, fetchEntries },
  ...(fetchTile === undefined ? {} : { fetchTile }),
});

const sizeOf = (note: string) => parseCheckpoint(parseNote(note).text).size;
const hang = () => new Promise<never>(() => {});

describe('a follower that was away while its log ended', () => {
  it('reads the rest of it where the network serves that, and goes over', async () => {
    const network = await ended();
    const away = await awaySince(network, 3);
    await network.serving.start(never);
    away.address.move(network.serving);
    await away.follower.pull(never);
    expect(away.codes()).toEqual(['feed.succeeded']);
    expect(away.follower.position).toEqual(network.serving.state.position);
    expect(away.follower.state.lists.get(LIST_URI)?.values[3]).toBe(1);
    // Nothing was taken on anybody's word: it has every entry of the old log, and can say what that meant.
    expect(await away.store.readEntries(0, 100)).toEqual((await network.old.sync()).entries);
    expect((await away.follower.past.of?.(ORIGIN)?.at(network.size, () => 0))?.ok).toBe(true);
    await network.serving[Symbol.asyncDispose]();
  });

  it('reads it from copies that are named to it, mere files too, where the network has less', async () => {
    const network = await ended();
    const { old, formerOf, former, options } = network;
    const short = createLogStoreMemory();
    const { entries } = await old.sync();
    await short.append(0, entries.slice(0, 3), (await old.store.readCheckpoint(3)) ?? '');
    const served = await formerOf(short);
    const role = createNetwork({ ...options, former: [served] });
    await role.start(never);
    const without = await awaySince(network, 3);
    without.address.move(role);
    await expect(without.follower.pull(never)).rejects.toMatchObject({ code: 'feed.succession-unknown' });
    expect(without.codes()).toContain('feed.succession-unknown');
    expect(without.follower.position).toEqual(without.before);
    expect(without.follower.health().phase).not.toBe('halted');
    // Who starts it again with a copy needs nothing else: the checkpoint of the end is the network's.
    const longer = filesOf({
      ...former,
      fetchCheckpoint: (signal, atMost) =>
        atMost === network.size ? Promise.reject(unreachable()) : former.fetchCheckpoint(signal, atMost),
    });
    const copies = [filesOf(former), longer];
    for (const copy of copies) {
      const again = await awaySince(network, 3, { formerLogs: [copy] });
      again.address.move(role);
      await again.follower.pull(never);
      expect(again.follower.position?.log).toBe(NEW_ORIGIN);
    }
    await role[Symbol.asyncDispose]();
  });

  it('reads it over HTTP', async () => {
    const network = await ended();
    await network.serving.start(never);
    const app = await createHttpServer(false);
    networkRoutes(app, { network: network.serving });
    const source = createHttpNetwork({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
    const away = await awaySince(network, 3);
    const { follower: _, codes: __, ...kept } = away;
    const again = await followAll(network.old, source, { ...kept, bounds });
    await again.follower.start(never);
    await again.follower.pull(never);
    expect(again.follower.position).toEqual(network.serving.state.position);
    expect((await app.inject('/log/former/1/checkpoint')).json()).toMatchObject({ code: 'log.no-former' });
    expect((await app.inject('/log/former/64/checkpoint')).statusCode).toBe(400);
    expect((await app.inject(`/log/former/0/tile/entries/000.p/${network.size + 1}`)).statusCode).toBe(404);
    await again.follower[Symbol.asyncDispose]();
    await app.close();
    await network.serving[Symbol.asyncDispose]();
  });

  it('leaves a copy that takes too long for the next one, and keeps what it has brought', async () => {
    const network = await ended();
    const { former, old } = network;
    const role = createNetwork(network.options);
    await role.start(never);
    const slow: FormerLog = {
      ...former,
      fetchCheckpoint: async (signal, atMost) => {
        await old.clock.sleep(900, signal);
        return former.fetchCheckpoint(signal, atMost);
      },
    };
    const away = await awaySince(network, 3, {
      formerLogs: [slow, former],
      bounds: { ...bounds, formerLogTurnMs: 1000 },
    });
    away.address.move(role);
    const pulled = away.follower.pull(never);
    for (let i = 0; i < 30; i += 1) await old.clock.advance(100).then(settle);
    await pulled;
    expect(away.codes()).toEqual(['feed.timeout', 'feed.succeeded']);
    await role[Symbol.asyncDispose]();
  });

  it('goes on from what one copy had, also after it was killed', async () => {
    const network = await ended();
    const { former, options, old } = network;
    const role = createNetwork(options);
    await role.start(never);
    const half = sizeOf((await old.store.readCheckpoint(network.size - 1)) ?? '');
    const breaking: FormerLog = {
      ...former,
      fetchEntries: (from, to, signal) =>
        to > half ? Promise.reject(unreachable()) : former.fetchEntries(from, to, signal),
    };
    const away = await awaySince(network, 3, { formerLogs: [breaking] });
    away.address.move(role);
    await expect(away.follower.pull(never)).rejects.toMatchObject({ code: 'feed.succession-unknown' });
    expect(away.follower.position?.size).toBe(half);
    const asked: number[] = [];
    const whole: FormerLog = {
      ...former,
      fetchEntries: (from, to, signal) => {
        asked.push(from);
        return former.fetchEntries(from, to, signal);
      },
    };
    const { follower: _, codes: __, ...kept } = away;
    const again = await followAll(old, role, { ...kept, bounds, formerLogs: [whole] });
    await again.follower.start(never);
    await again.follower.pull(never);
    expect(again.follower.position).toEqual(role.state.position);
    expect(Math.min(...asked)).toBe(half);
    await again.follower[Symbol.asyncDispose]();
    await role[Symbol.asyncDispose]();
  });

  it('goes over also where it had halted at a lie before the log ended', async () => {
    const network = await ended();
    const away = await awaySince(network, 3);
    const { size = 0 } = away.before ?? {};
    const forked = await signedByLog(network.old, `${ORIGIN}\n${size}\n${'A'.repeat(43)}=\n`);
    away.address.move({ ...network.old.role, fetchCheckpoint: async () => forked });
    await expect(away.follower.pull(never)).rejects.toMatchObject({ code: 'feed.fork' });
    expect(away.follower.health().phase).toBe('halted');
    await network.serving.start(never);
    away.address.move(network.serving);
    await away.follower.pull(never);
    expect(away.follower.position).toEqual(network.serving.state.position);
    expect(away.follower.contradiction).toBeUndefined();
    await network.serving[Symbol.asyncDispose]();
  });

  it('goes through every log that came meanwhile', async () => {
    const first = await ended();
    await first.serving.start(never);
    await first.old.clock.advance(TEST_TICK_MS);
    const second = await succeedAgain(first);
    const away = await awaySince(first, 3);
    away.address.move(second);
    await away.follower.pull(never);
    expect(away.follower.position).toEqual(second.state.position);
    expect(away.follower.state.predecessors.map(({ log }) => log)).toEqual([ORIGIN, NEW_ORIGIN]);
    expect(away.codes()).toEqual(['feed.succeeded']);
    const { follower: _, codes: __, ...kept } = away;
    const again = await followAll(first.old, second, kept);
    await again.follower.start(never);
    expect(again.follower.position).toEqual(second.state.position);
    await again.follower[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
  });
});

describe('copies of a log that has ended are believed in nothing', () => {
  const lies: readonly [string, (network: Awaited<ReturnType<typeof ended>>) => Promise<FormerLog>, string][] = [
    [
      'sends other entries',
      async ({ former }) => ({
        ...former,
        fetchEntries: async (from, to) => Array.from({ length: to - from }, () => 'eyJ.another.entry'),
      }),
      'feed.unproved',
    ],
    [
      'ends early',
      async ({ former }) => ({
        ...former,
        fetchEntries: async (...asked) => (await former.fetchEntries(...asked)).slice(0, 1),
      }),
      'feed.unproved',
    ],
    ['hangs', async ({ former }) => ({ ...former, fetchEntries: hang }), 'feed.timeout'],
    ['is away', async () => ({ fetchCheckpoint: fail, fetchEntries: fail }), 'feed.unreachable'],
    [
      'sends more than was asked for',
      async ({ former }) => ({ ...former, fetchEntries: async () => Array(9999).fill('a') }),
      'feed.unproved',
    ],
    [
      'is of another log',
      async ({ serving }) => ({
        ...serving,
        fetchCheckpoint: async () => `${'log.example/x'}\n9\n${'A'.repeat(43)}=\n\n— log.example/x AAAAAA==\n`,
      }),
      'feed.unproved',
    ],
    ['has the stolen key of the log', stolen, 'feed.unproved'],
  ];

  it.each(lies)('also not one that %s', async (_, lie, code) => {
    const network = await ended();
    const role = createNetwork(network.options);
    await role.start(never);
    const copy = await lie(network);
    const away = await awaySince(network, 3, { formerLogs: [copy] });
    away.address.move(role);
    const pulled = away.follower.pull(never).catch((error: unknown) => error);
    for (let i = 0; i < 12; i += 1) await network.old.clock.advance(bounds.sourceTimeoutMs).then(settle);
    expect(await pulled).toMatchObject({ code: 'feed.succession-unknown' });
    expect(away.codes()).toContain(code);
    expect(away.follower.position).toEqual(away.before);
    expect((await away.store.readHead()).size).toBe(away.before?.size);
    expect(away.follower.health().phase).not.toBe('halted');
    // And it stands in nobody's way.
    const next = await awaySince(network, 3, { formerLogs: [copy, network.former] });
    next.address.move(role);
    const done = next.follower.pull(never);
    for (let i = 0; i < 12; i += 1) await network.old.clock.advance(bounds.sourceTimeoutMs).then(settle);
    await done;
    expect(next.follower.position?.log).toBe(role.state.position?.log);
    await role[Symbol.asyncDispose]();
  });
});

async function signedByLog({ options }: TestNetwork, text: string): Promise<string> {
  const { keyId } = vkeyOf(ORIGIN, await options.signer.readPublicKey('log'));
  const signature = await options.signer.sign('log', noteMessage(text));
  return encodeNote({ text, signatures: [{ name: ORIGIN, keyId, signature }] });
}

/** Entries of a thief's, under a checkpoint of the old log that its own key has signed, smaller than where its quorum went on from. */
async function stolen({ old, former, size }: Awaited<ReturnType<typeof ended>>): Promise<FormerLog> {
  const { entries } = await old.sync();
  const forged = [...entries.slice(0, 3), old.write.any({ type: 'list', v: 1 }), entries[size - 1] ?? ''];
  const text = checkpointText(forged, ORIGIN);
  const note = await signedByLog(old, text);
  return {
    fetchCheckpoint: async () => note,
    fetchEntries: async (from, to) => forged.slice(from, to),
    fetchConsistencyProof: (...asked) => former.fetchConsistencyProof?.(...asked) ?? fail(),
  };
}

/** The new log is lost too, and its quorum goes on in a third. */
async function succeedAgain({ old, options, serving, former }: Awaited<ReturnType<typeof ended>>) {
  const away = await followAll(old, old.role);
  await away.follower.pull(never);
  const { follower: _, codes: __, ...kept } = away;
  const both = await followAll(old, serving, kept);
  await both.follower.start(never);
  await both.follower.pull(never);
  const size = both.follower.position?.size ?? 0;
  const origin = 'log.example/third';
  const vkey = encodeVkey(vkeyOf(origin, await options.signer.readPublicKey('log')));
  const mirror = await old.sync();
  const read = await both.follower.past.at(size, (fold) => {
    const log = { ...mirror, state: fold.state };
    const { opening } = succeedLog(log, { rulebook: { log: { origin, vkey } } });
    const steps = [...(fold.successions ?? []), proveSuccession(fold, opening)];
    return { opening, state: copyNetworkState(fold.state), lineage: encodeLineage({ ...fold, successions: steps }) };
  });
  if (!read.ok) return expect.fail('it has read that');
  const end = { state: read.value.state, checkpoint: (await options.store.readCheckpoint(size)) ?? '' };
  for (const each of [serving, both.follower]) await each[Symbol.asyncDispose]();
  const role = createNetwork({
    ...{ ...options, genesis: read.value.opening, predecessor: read.value.state, lineage: read.value.lineage },
    ...{ store: createLogStoreMemory(), snapshots: createSnapshotStoreMemory() },
    former: [former, await createFormerLog(options.store, end)],
  });
  await role.start(never);
  return role;
}

function unreachable(): CodedError {
  return new CodedError('feed.unreachable', 'Nothing comes through.');
}

async function fail(): Promise<never> {
  throw unreachable();
}
