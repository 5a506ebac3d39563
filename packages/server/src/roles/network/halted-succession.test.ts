import { CodedError, encodeNote, encodeVkey, noteMessage, vkeyOf } from '@holdfast/core';
import { createFraudStoreMemory } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { NEW_ORIGIN, succeedLog } from '../../../../core/test/succession.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { checkpointText, ORIGIN } from '../../../../verifier/test/test-feed.ts';
import { endOf, followAll, oneAddress, succeeded } from '../../../test/succeeded-network.ts';
import { TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;

async function signedByLog({ options }: TestNetwork, text: string): Promise<string> {
  const { keyId } = vkeyOf(ORIGIN, await options.signer.readPublicKey('log'));
  return encodeNote({
    text,
    signatures: [{ name: ORIGIN, keyId, signature: await options.signer.sign('log', noteMessage(text)) }],
  });
}

/** The log as it shows a second history of the same size. */
async function forked(old: TestNetwork): Promise<TestNetwork['role']> {
  const { size } = old.role.health();
  const note = await signedByLog(old, `${ORIGIN}\n${size}\n${'A'.repeat(43)}=\n`);
  return { ...old.role, fetchCheckpoint: async () => note };
}

/** The log as it goes on with a revocation and then an epoch that says something else. */
async function lyingOn(old: TestNetwork): Promise<TestNetwork['role']> {
  const log = await old.sync();
  const decided = await old.write.revoke(7);
  const size = log.entries.length + decided.length;
  const sections = Object.fromEntries(
    Object.keys(await sectionsAt(old)).map((name) => [name, 'A'.repeat(43)] as const),
  );
  const epoch = old.write.any({ type: 'epoch', v: 1, size, time: log.state.time + 1000, sections }, 'network');
  const entries = [...log.entries, ...decided, epoch];
  const note = await signedByLog(old, checkpointText(entries, ORIGIN));
  return {
    ...old.role,
    fetchCheckpoint: async () => note,
    fetchEntries: async (from: number, to: number) => entries.slice(from, to),
  };
}

async function sectionsAt(old: TestNetwork): Promise<Record<string, string>> {
  const { entries } = await old.sync();
  const [, payload = ''] = (entries.at(-1) ?? '').split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sections;
}

/** A follower that has halted at what the log showed, and the address at which it looks. */
async function halted(lie: (old: TestNetwork) => Promise<TestNetwork['role']>) {
  const network = await succeeded();
  const address = oneAddress(network.old.role);
  const followed = await followAll(network.old, address.at, { fraud: createFraudStoreMemory() });
  await followed.follower.pull(never);
  address.move(await lie(network.old));
  await expect(followed.follower.pull(never)).rejects.toThrow();
  expect(followed.follower.health().phase).toBe('halted');
  return { ...network, address, ...followed };
}

describe('a follower that halted where its log was wrong', () => {
  it.each([
    ['showed two histories', forked],
    ['signed an epoch that is not so', lyingOn],
  ])('goes on in the log that a quorum has opened after one that %s, also when it starts again', async (_, lie) => {
    const { follower, role, old, address, codes, ...kept } = await halted(lie);
    await role.start(never);
    address.move(role);
    await follower.pull(never);
    expect(codes().slice(-1)).toEqual(['feed.succeeded']);
    expect(follower.health().phase).toBe('pulling');
    expect(follower.contradiction).toBeUndefined();
    expect(follower.position).toEqual(role.state.position);
    expect(follower.state.lists.get(LIST_URI)?.values[3]).toBe(1);
    await old.clock.advance(TEST_TICK_MS);
    const again = await followAll(old, address.at, kept);
    await again.follower.start(never);
    expect(again.follower.health().phase).not.toBe('halted');
    expect(again.follower.contradiction).toBeUndefined();
    await again.follower.pull(never);
    expect(again.follower.position).toEqual(role.state.position);
    await again.follower[Symbol.asyncDispose]();
    await role[Symbol.asyncDispose]();
  });

  it('looks for it by itself, seldom, also when it was started halted', async () => {
    const { role, old, address, follower: _, codes: __, ...kept } = await halted(forked);
    let asked = 0;
    const again = await followAll(old, address.at, kept);
    await again.follower.start(never);
    expect(again.follower.health().phase).toBe('halted');
    address.move({
      ...old.role,
      fetchCheckpoint: async () => {
        asked += 1;
        return 'no checkpoint';
      },
    });
    await old.clock.advance(30 * TEST_TICK_MS);
    await settle();
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThanOrEqual(20);
    expect(await again.follower.awaitSize(1000, never)).toBe(false);
    await role.start(never);
    address.move(role);
    for (let i = 0; i < 8; i += 1) await old.clock.advance(TEST_TICK_MS).then(settle);
    expect(again.follower.health().phase).not.toBe('halted');
    expect(again.follower.position?.log).toBe(NEW_ORIGIN);
    await again.follower[Symbol.asyncDispose]();
    await role[Symbol.asyncDispose]();
  });

  it('takes nothing more of the old log, however right it is again', async () => {
    const { follower, old, address } = await halted(forked);
    const { position } = follower;
    address.move(old.role);
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'follower.halted' });
    expect(follower.health().phase).toBe('halted');
    expect(follower.contradiction).toBe('feed.fork');
    expect(follower.position).toEqual(position);
  });

  it('stays where it is for one officer, for a history that it has not read, and where something decided would be lost', async () => {
    const { follower, old, options, address } = await halted(forked);
    const { position } = follower;
    const log = await old.sync();
    const vkey = encodeVkey(vkeyOf(NEW_ORIGIN, await options.signer.readPublicKey('log')));
    const rulebook = { log: { origin: NEW_ORIGIN, vkey } };
    const from = log.state.position ?? expect.fail('there is an epoch');
    const openings = [
      ['feed.unproved', succeedLog(log, { officers: ['officer-a'], rulebook }).opening],
      [
        'feed.succession-unknown',
        succeedLog(log, { rulebook, body: { from: { ...from, root: 'A'.repeat(43) } } }).opening,
      ],
    ] as const;
    for (const [code, opening] of openings) {
      const entries = [opening];
      const note = (await signedByLog(old, checkpointText(entries, ORIGIN))).replaceAll(ORIGIN, NEW_ORIGIN);
      address.move({ ...old.role, fetchCheckpoint: async () => note, fetchEntries: async () => entries });
      await expect(follower.pull(never)).rejects.toMatchObject({ code });
    }
    expect(follower.health().phase).toBe('halted');
    expect(follower.position).toEqual(position);
  });

  it('stays in doubt about positions of the history that it has not read, in the new log too', async () => {
    const { follower, role, address } = await halted(forked);
    const own = follower.position ?? expect.fail('it has read');
    await role.start(never);
    address.move(role);
    await follower.pull(never);
    expect(follower.isElsewhere(own)).toBe(false);
    expect(follower.isElsewhere({ ...own, root: 'A'.repeat(43) })).toBe(true);
    await role[Symbol.asyncDispose]();
  });
});

describe('a follower that halted after it had read on', () => {
  it('does not go on from before a revocation that it believes', async () => {
    const { old, options } = await succeeded();
    const { size } = old.role.health();
    const vkey = encodeVkey(vkeyOf(NEW_ORIGIN, await options.signer.readPublicKey('log')));
    const { opening } = succeedLog(await old.sync(), { rulebook: { log: { origin: NEW_ORIGIN, vkey } } });
    const { state, lineage } = await endOf(old, opening);
    const later = createNetwork({ ...old.options, store: old.store });
    await later.start(never);
    await later.append(await old.write.revoke(4));
    await old.clock.advance(TEST_TICK_MS);
    expect(later.health().size).toBeGreaterThan(size + 2);
    const address = oneAddress(later);
    const { follower } = await followAll(old, address.at, { fraud: createFraudStoreMemory() });
    await follower.pull(never);
    address.move(await forked({ ...old, role: later }));
    await expect(follower.pull(never)).rejects.toMatchObject({ code: 'feed.fork' });
    const shorter = createNetwork({
      ...options,
      ...{ store: createLogStoreMemory(), genesis: opening, predecessor: state, lineage },
    });
    await shorter.start(never);
    address.move(shorter);
    await expect(follower.pull(never)).rejects.toBeInstanceOf(CodedError);
    expect(follower.health().alarms.at(-1)?.code).toBe('feed.succession-behind');
    expect(follower.health().phase).toBe('halted');
    for (const each of [later, shorter]) await each[Symbol.asyncDispose]();
  });
});
