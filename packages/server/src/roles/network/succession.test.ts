import { encodeNote, encodeVkey, type NetworkState, noteMessage, vkeyOf } from '@holdfast/core';
import { createFollower, createFollowerStoreMemory, createPastLog } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { NEW_ORIGIN, succeedLog } from '../../../../core/test/succession.ts';
import { checkpointText } from '../../../../verifier/test/test-feed.ts';
import { createTestSigner, startTestNetwork, TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;

/** A network that lost what came after a position that others have read, and the new log that its quorum opens there. */
async function succeeded(officers: readonly string[] = ['officer-a', 'officer-b']) {
  const old = await startTestNetwork();
  await old.role.append(await old.write.revoke(3));
  await old.tick();
  const follower = follow(old, old.role, createFollowerStoreMemory());
  await follower.pull(never);
  old.stop.abort();
  const log = await old.sync();
  const { signer } = createTestSigner();
  const vkey = encodeVkey(vkeyOf(NEW_ORIGIN, await signer.readPublicKey('log')));
  const { opening } = succeedLog(log, { officers, rulebook: { log: { origin: NEW_ORIGIN, vkey } } });
  const predecessor = await stateAt(old);
  const options = { ...old.options, signer, store: createLogStoreMemory(), genesis: opening, predecessor };
  return { old, opening, options, role: createNetwork(options), follower };
}

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
    await expect(follow(old, role, empty).pull(never)).rejects.toMatchObject({ code: 'feed.other-network' });
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
