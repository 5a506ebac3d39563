import {
  copyNetworkState,
  encodeNote,
  encodeVkey,
  type NetworkState,
  noteMessage,
  openFounding,
  parseLineage,
  proveNetwork,
  vkeyOf,
} from '@holdfast/core';
import {
  auditLog,
  checkFraudProof,
  createFollower,
  createFollowerStoreMemory,
  createFraudStoreMemory,
  createPastLog,
  readAudit,
} from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { NEW_ORIGIN, succeedLog } from '../../../../core/test/succession.ts';
import { checkpointText } from '../../../../verifier/test/test-feed.ts';
import { followAll, oneAddress, succeeded } from '../../../test/succeeded-network.ts';
import { startTestNetwork, TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;

/** What the old log meant at its end, from the entries alone. */
async function stateAt({ store, options }: TestNetwork): Promise<NetworkState> {
  const { size } = await store.readHead();
  const read = await createPastLog(store, options.engine).at(size, ({ state }) => state);
  if (!read.ok) throw new Error(`the old log cannot be read: ${read.why}`);
  return read.value;
}

function follow(
  network: TestNetwork,
  source: TestNetwork['role'],
  store: ReturnType<typeof createFollowerStoreMemory>,
  predecessor?: NetworkState,
) {
  return createFollower({
    network: network.name,
    source,
    store,
    engine: network.options.engine,
    clock: network.clock,
    entropy: { bytes: (count) => new Uint8Array(count) },
    ...(predecessor === undefined ? {} : { predecessor }),
  });
}

describe('a network in a new log', () => {
  it('goes on under its name, with everything that counted, also after a crash', async () => {
    const { old, options, role } = await succeeded();
    const stop = new AbortController();
    await role.start(stop.signal);
    expect(role.name).toBe(old.name);
    expect(role.state.lists.get(LIST_URI)?.values[3]).toBe(1);
    expect(role.state.position).toMatchObject({ log: NEW_ORIGIN, size: 2 });
    await old.clock.advance(TEST_TICK_MS);
    stop.abort();
    const again = createNetwork(options);
    await again.start(never);
    expect(again.state).toMatchObject({ name: old.name, predecessors: [old.role.state.position] });
    expect(again.health().size).toBe(4);
    await again[Symbol.asyncDispose]();
  });

  it('does not begin without its quorum, nor on another state than the one it names', async () => {
    const alone = await succeeded(['officer-a']);
    await expect(alone.role.start(never)).rejects.toMatchObject({ code: 'network.genesis-refused' });
    const { options } = await succeeded();
    const { predecessor: _, ...without } = options;
    await expect(createNetwork(without).start(never)).rejects.toMatchObject({ code: 'network.genesis-refused' });
    const other = await stateAt(await startTestNetwork());
    await expect(createNetwork({ ...options, predecessor: other }).start(never)).rejects.toMatchObject({
      code: 'network.genesis-refused',
    });
  });

  it('is followed by whoever has the old log, from the position that it names, and again after a restart', async () => {
    const { old, role, follower } = await succeeded();
    await role.start(never);
    const store = createFollowerStoreMemory();
    for (let round = 0; round < 2; round += 1) {
      const next = follow(old, role, store, follower.state);
      if (round > 0) await next.start(never);
      await next.pull(never);
      expect(next.state.position).toEqual(role.state.position);
      expect(next.state.lists.get(LIST_URI)?.values[3]).toBe(1);
      await old.clock.advance(TEST_TICK_MS);
      await next[Symbol.asyncDispose]();
    }
    await role[Symbol.asyncDispose]();
  });

  it('convinces nobody who has not the old log, and nobody by a succession that no quorum has signed', async () => {
    const { old, role, follower } = await succeeded();
    await role.start(never);
    const empty = createFollowerStoreMemory();
    const silent = { ...role, fetchLineage: async () => undefined };
    await expect(follow(old, silent, empty).pull(never)).rejects.toMatchObject({ code: 'feed.other-network' });
    const forged = await succeeded(['officer-a']);
    const epoch = (await old.sync()).entries.at(-1) ?? '';
    const entries = [forged.opening, epoch];
    const text = checkpointText(entries, NEW_ORIGIN);
    const { signer } = forged.options;
    const { keyId } = vkeyOf(NEW_ORIGIN, await signer.readPublicKey('log'));
    const signature = await signer.sign('log', noteMessage(text));
    const lying: TestNetwork['role'] = {
      ...role,
      fetchEntries: async (from, to) => entries.slice(from, to),
      fetchCheckpoint: async () => encodeNote({ text, signatures: [{ name: NEW_ORIGIN, keyId, signature }] }),
    };
    await expect(follow(old, lying, empty, follower.state).pull(never)).rejects.toMatchObject({
      code: 'feed.unproved',
    });
    expect(await empty.readHead()).toEqual({ size: 0 });
    await role[Symbol.asyncDispose]();
  });
});

describe('a follower of a network that goes over to a new log', () => {
  it('goes over with it by itself, knows the past in both, and starts again where it was', async () => {
    const { old, role } = await succeeded();
    const address = oneAddress(old.role);
    const { follower, codes, ...kept } = await followAll(old, address.at);
    await follower.pull(never);
    const before = follower.position;
    await role.start(never);
    address.move(role);
    await follower.pull(never);
    expect(codes()).toEqual(['feed.succeeded']);
    expect(follower.position).toEqual(role.state.position);
    expect(follower.state.predecessors).toEqual([before]);
    expect(follower.view()?.lists.get(LIST_URI)?.values[3]).toBe(1);
    await old.clock.advance(TEST_TICK_MS);
    await follower.pull(never);
    const after = follower.position;
    const again = await followAll(old, address.at, kept);
    await again.follower.start(never);
    for (const { past } of [follower, again.follower]) {
      for (const position of [before, after]) {
        const read = await past.of?.(position?.log ?? '')?.at(position?.size ?? 0, (fold) => proveNetwork(fold));
        if (read?.ok !== true) return expect.fail('the past is kept');
        // Of both logs it can be proved to whoever has the name of the network alone.
        expect(openFounding(read.value, old.name).founding.origin).toBe(position?.log);
      }
      expect(past.of?.('log.example/nowhere')).toBeUndefined();
    }
    expect(again.follower.position).toEqual(after);
    expect(again.codes()).toEqual([]);
    await again.follower[Symbol.asyncDispose]();
    await role[Symbol.asyncDispose]();
  });

  it.each([
    ['that has read both logs', true],
    ['that is new', false],
  ])('keeps a proof for strangers when the new log has two histories, by one %s', async (_, hasOld) => {
    const { old, role, options } = await succeeded();
    const address = oneAddress(old.role);
    const fraud = createFraudStoreMemory();
    const { follower } = await followAll(old, address.at, { fraud });
    if (hasOld) await follower.pull(never);
    await role.start(never);
    address.move(role);
    await follower.pull(never);
    const { size, log } = follower.position ?? expect.fail('it has read');
    const text = `${log}\n${size}\n${'A'.repeat(43)}=\n`;
    const { keyId } = vkeyOf(log, await options.signer.readPublicKey('log'));
    const signature = await options.signer.sign('log', noteMessage(text));
    const forked = encodeNote({ text, signatures: [{ name: log, keyId, signature }] });
    address.move({ ...role, fetchCheckpoint: async () => forked });
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.fork' });
    const [kept] = await fraud.readFraud();
    const proved = await checkFraudProof(kept?.proof ?? '', options.engine);
    expect(proved).toMatchObject({ network: old.name, kind: 'two-histories', sizes: [size, size] });
    const { lineage: __, ...without } = JSON.parse(kept?.proof ?? '{}');
    await expect(checkFraudProof(JSON.stringify(without), options.engine)).rejects.toMatchObject({
      code: 'fraud.unproved',
    });
    await role[Symbol.asyncDispose]();
  });

  it('goes over after it was killed in between, as if nothing had been', async () => {
    const { old, role } = await succeeded();
    const address = oneAddress(old.role);
    const kept = await followAll(old, address.at);
    await kept.follower.pull(never);
    await role.start(never);
    address.move(role);
    const { open } = kept.successors;
    // Its place is made, and nothing is in it yet.
    await open(1);
    for (const failing of [true, false]) {
      const { store, snapshots } = await open(1);
      const append = failing ? () => Promise.reject(new Error('killed')) : store.append;
      const successors = {
        ...kept.successors,
        open: async () => ({ store: { ...store, append }, ...(snapshots === undefined ? {} : { snapshots }) }),
      };
      const { follower } = await followAll(old, address.at, { ...kept, successors });
      const pulled = follower.start(never).then(() => follower.pull(never));
      if (failing) await expect(pulled).rejects.toThrow('killed');
      else await pulled;
      const { position } = failing ? kept.follower : role.state;
      expect(follower.position).toEqual(position);
      expect(follower.state.position).toEqual(position);
      await follower[Symbol.asyncDispose]();
    }
    await role[Symbol.asyncDispose]();
  });

  it('stays with the first of two logs that go on from one position, and believes the old one nothing more', async () => {
    const { old, role, options } = await succeeded();
    const address = oneAddress(old.role);
    const { follower, codes } = await followAll(old, address.at);
    await follower.pull(never);
    await role.start(never);
    address.move(role);
    await follower.pull(never);
    const { position } = follower;
    const origin = 'log.example/other';
    const vkey = encodeVkey(vkeyOf(origin, await options.signer.readPublicKey('log')));
    const { opening } = succeedLog(await old.sync(), { rulebook: { log: { origin, vkey } } });
    const second = createNetwork({ ...options, store: createLogStoreMemory(), genesis: opening });
    await second.start(never);
    for (const other of [second, old.role]) {
      address.move(other);
      await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.unproved' });
      expect(follower.position).toEqual(position);
    }
    expect(codes()).toEqual(['feed.succeeded', 'feed.unproved', 'feed.unproved']);
    for (const each of [second, role]) await each[Symbol.asyncDispose]();
  });

  it('stays where it is when the new log goes on from what it has not read, or from before what was decided', async () => {
    const { old, role } = await succeeded();
    const behind = await followAll(old, {
      ...old.role,
      fetchCheckpoint: (signal) => old.role.fetchCheckpoint(signal, old.role.health().size - 1),
    });
    await behind.follower.pull(never);
    const { position } = behind.follower;
    await role.start(never);
    const late = await followAll(old, role, behind);
    await late.follower.start(never);
    await expect(late.follower.pull(never)).rejects.toMatchObject({ code: 'feed.succession-unknown' });
    expect(late.follower.position).toEqual(position);
    // The other way round: it has read one revocation more than the quorum goes on from.
    const more = await startTestNetwork();
    const ahead = await followAll(more, more.role);
    const { size } = more.role.health();
    const log = await more.sync();
    await more.role.append(await more.write.revoke(4));
    await more.tick();
    await ahead.follower.pull(never);
    const vkey = encodeVkey(vkeyOf(NEW_ORIGIN, await more.options.signer.create('log-2', 'EdDSA')));
    const end = await createPastLog(more.store, more.options.engine).at(size, ({ state }) => copyNetworkState(state));
    if (!end.ok) return expect.fail('there is an epoch');
    const { opening } = succeedLog({ ...log, state: end.value }, { rulebook: { log: { origin: NEW_ORIGIN, vkey } } });
    const shorter = createNetwork({
      ...more.options,
      store: createLogStoreMemory(),
      genesis: opening,
      predecessor: end.value,
    });
    await shorter.start(never);
    const seen = ahead.follower.position;
    const gone = await followAll(more, shorter, ahead);
    await gone.follower.start(never);
    await expect(gone.follower.pull(never)).rejects.toMatchObject({ code: 'feed.succession-behind' });
    expect(gone.follower.position).toEqual(seen);
    for (const each of [shorter, role, late.follower, gone.follower]) await each[Symbol.asyncDispose]();
  });
});

describe('who comes new to a network in its second log', () => {
  it('begins at a snapshot of it, by the name of the network alone, and starts again from there', async () => {
    const { old, role } = await succeeded();
    await role.start(never);
    await old.clock.advance(TEST_TICK_MS);
    const { follower, codes, ...kept } = await followAll(old, role);
    await follower.pull(never);
    expect(codes()).toEqual([]);
    expect(follower.position).toEqual(role.state.position);
    expect(follower.health().begunAt).toBe(2);
    expect(follower.view()?.lists.get(LIST_URI)?.values[3]).toBe(1);
    const again = await followAll(old, role, kept);
    await again.follower.start(never);
    expect(again.follower.position).toEqual(follower.position);
    const read = await again.follower.past.at(again.follower.position?.size ?? 0, (fold) => proveNetwork(fold));
    expect(read.ok && openFounding(read.value, old.name).founding.origin).toBe(NEW_ORIGIN);
    await again.follower[Symbol.asyncDispose]();
    await role[Symbol.asyncDispose]();
  });

  it('audits it from its first snapshot on, and says of what it has seen nothing', async () => {
    const { old, role, options } = await succeeded();
    await role.start(never);
    await old.clock.advance(TEST_TICK_MS);
    const source = { ...role, fetchTile: role.readTile };
    const audit = (network: string, from: Partial<typeof role> = {}) =>
      readAudit(auditLog({ ...source, ...from }, { engine: options.engine, network, signal: never }));
    const report = await audit(old.name);
    expect(report).toMatchObject({ holds: true, network: old.name, unseen: { from: 0, to: 2 } });
    expect(report).toMatchObject({ succeeds: old.role.state.position, head: role.state.position });
    expect((await audit('A'.repeat(43))).firstFault).toMatchObject({ why: 'genesis' });
    const forged = (await succeeded(['officer-a'])).options.lineage;
    expect((await audit(old.name, { fetchLineage: async () => forged })).firstFault).toMatchObject({ why: 'genesis' });
    expect((await audit(old.name, { fetchLineage: async () => undefined })).holds).toBe(false);
    expect((await audit(old.name, { fetchSnapshot: async () => undefined })).firstFault).toMatchObject({
      why: 'missing',
      index: 0,
    });
    await role[Symbol.asyncDispose]();
  });

  it.each([
    [
      'by one officer alone',
      async () => succeeded(['officer-a']).then(({ options }) => options.lineage),
      'feed.unproved',
    ],
    ['of another network', async () => succeeded().then(({ options }) => options.lineage), 'feed.unproved'],
    ['that is cut off', async (lineage: string) => lineage.slice(0, -9), 'lineage.malformed'],
    [
      'with other officers than the old log ended with',
      async (lineage: string) => lineage.replace(/officer-a/g, 'officer-x'),
      'replay.unproved',
    ],
    ['that is not there', async () => undefined, 'feed.other-network'],
  ])('believes nothing of a lineage %s', async (_, change, code) => {
    const { old, role, options } = await succeeded();
    await role.start(never);
    const lineage = await change(options.lineage);
    const { follower } = await followAll(old, { ...role, fetchLineage: async () => lineage });
    await expect(follower.pull(never)).rejects.toMatchObject({ code: expect.stringMatching(code) });
    expect(follower.position).toBeUndefined();
    // Every signature in it has to hold.
    const opened = parseLineage(options.lineage);
    expect(openFounding(opened, old.name).checks.length).toBe(5);
    await role[Symbol.asyncDispose]();
  });
});
