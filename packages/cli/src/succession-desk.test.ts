import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeSuccessionDraft,
  encodeVkey,
  parseSuccessionDraft,
  type SuccessionDraft,
  sha256Base64url,
  vkeyOf,
} from '@holdfast/core';
import { createKeyFilesSigner, exportFeed } from '@holdfast/server/client';
import {
  createFollower,
  createFollowerStoreMemory,
  createPlatformClock,
  createSnapshotStoreMemory,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testRulebook } from '../../core/test/log-builder.ts';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { createLogStoreMemory } from '../../server/src/adapters/memory/log-store.ts';
import { readSucceeded, takeSuccession } from '../../server/src/compose/succession.ts';
import { createGenesis } from '../../server/src/roles/network/genesis.ts';
import { createNetwork, type NetworkRole } from '../../server/src/roles/network/network-role.ts';
import { openOfficer } from './commands/decide.ts';
import { openFormerLogs, openLogSource } from './log-source.ts';
import { EXIT, type Output } from './output.ts';
import { type SuccessionOptions, succeed } from './succession-desk.ts';

const engine = createNodeEngine();
const ORIGIN = 'log.example/log';
let data: string;
let genesis: string;
const copy = (name: string) => join(data, name);

const openKeys = (name: string) =>
  createKeyFilesSigner({
    directory: join(data, 'keys', name),
    passphrasePath: join(data, 'keys', `${name}.passphrase`),
  });

/** A network whose keys lie in a data folder, and of whose log there are two copies, one a little older. */
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'holdfast-succeed-'));
  await mkdir(join(data, 'keys'));
  const [network, governor] = [await openKeys('network'), await openKeys('governor')];
  const officers = await Promise.all(
    ['officer-a', 'officer-b'].map(async (id) => ({
      ...{ id, roles: ['revoker'] },
      key: await (await openKeys(id)).create('approval', 'ES256'),
    })),
  );
  const rulebook = testRulebook(createRealSignatures(), {
    log: { origin: ORIGIN, vkey: encodeVkey(vkeyOf(ORIGIN, await network.create('log', 'EdDSA'))) },
    keys: { network: await network.create('network', 'ES256'), governor: await governor.create('governor', 'ES256') },
    ...{ officers, tickMs: 50 },
  });
  genesis = (await createGenesis(rulebook, governor)).statement;
  await writeFile(join(data, 'genesis.jws'), `${genesis}\n`);
  const clock = createPlatformClock();
  const stop = new AbortController();
  const role = createNetwork({ clock, signer: network, store: createLogStoreMemory(), engine, genesis });
  await role.start(stop.signal);
  for (const name of ['older', 'copy']) {
    const size = role.health().size;
    while (role.health().size === size) await clock.sleep(10, stop.signal);
    await exportFeed({ source: role, folder: copy(name), engine, signal: stop.signal });
  }
  await role[Symbol.asyncDispose]();
  // The same keys sign a second history, shorter than the first.
  const second = createNetwork({ clock, signer: network, store: createLogStoreMemory(), engine, genesis });
  await second.start(new AbortController().signal);
  await exportFeed({ source: second, folder: copy('forked'), engine, signal: new AbortController().signal });
  await second[Symbol.asyncDispose]();
});
afterAll(() => rm(data, { recursive: true }));

type Told = { readonly exit: number; readonly data: unknown };

async function decide(file: string, as: string, options: Partial<SuccessionOptions> = {}): Promise<Told> {
  const told: unknown[] = [];
  const output: Output = { json: true, say: () => undefined, data: (value) => told.push(value) };
  const officer = await openOfficer(data, as);
  const exit = await succeed(
    output,
    { url: 'http://localhost:1', data, as, ...options },
    { file: join(data, file), officer },
  );
  return { exit, data: told[0] };
}

async function change(file: string, changes: (draft: SuccessionDraft) => Partial<SuccessionDraft>): Promise<void> {
  const draft = parseSuccessionDraft(await readFile(join(data, file), 'utf8'));
  await writeFile(join(data, file), encodeSuccessionDraft({ ...draft, ...changes(draft) }));
}

/** Whoever has read one copy, and is shown the new log: what it had read in the end. */
async function goOverFrom(read: string, role: NetworkRole, formerLogs: readonly string[]) {
  const never = new AbortController().signal;
  const [stores, next] = [{ store: createFollowerStoreMemory() }, { store: createFollowerStoreMemory() }];
  const parts = { network: sha256Base64url(genesis), engine, clock: createPlatformClock(), ...stores };
  const entropy = { bytes: (count: number) => new Uint8Array(count) };
  const before = { ...(await openLogSource(copy(read))), stream: async function* () {} };
  await createFollower({ ...parts, entropy, source: before }).pull(never);
  const after = createFollower({
    ...{ ...parts, entropy, source: role, formerLogs: await openFormerLogs(formerLogs) },
    successors: { find: async () => undefined, open: async () => next },
  });
  await after.start(never);
  await after.pull(never).finally(() => after[Symbol.asyncDispose]());
  return after.position ?? expect.fail('it has read something');
}

const take = async (file: string) =>
  takeSuccession(
    await readFile(join(data, file), 'utf8'),
    { dataFolder: data, keysFolder: join(data, 'keys'), genesis },
    engine,
  );

describe('officers who open a new log', () => {
  it('make a file from a copy of the old one, sign it one by one, and the network goes on from it', async () => {
    await expect(decide('s.json', 'officer-a')).rejects.toMatchObject({ code: 'usage.succeed' });
    const first = await decide('s.json', 'officer-a', { from: [copy('older'), copy('copy')] });
    expect(first).toMatchObject({ exit: EXIT.unknown, data: { approvals: 1, quorum: 2, missing: 1 } });
    // One officer who signs twice is one officer.
    expect((await decide('s.json', 'officer-a')).exit).toBe(EXIT.unknown);
    await expect(take('s.json')).rejects.toMatchObject({ code: 'feed.unproved' });
    expect(await readSucceeded({ dataFolder: data })).toBeUndefined();
    // Of several copies the furthest counts, in whatever order they are named.
    const second = await decide('s.json', 'officer-b', { from: [copy('copy'), copy('older')] });
    expect(second).toMatchObject({ exit: EXIT.yes, data: { log: { origin: `${ORIGIN}-2` }, missing: 0 } });
    await take('s.json');
    const succeeded = await readSucceeded({ dataFolder: data });
    if (succeeded === undefined) return expect.fail('it is taken');
    const role = createNetwork({
      ...{ clock: createPlatformClock(), signer: await openKeys('network'), store: createLogStoreMemory(), engine },
      ...{ genesis: succeeded.opening, predecessor: succeeded.predecessor, lineage: succeeded.lineage },
      snapshots: createSnapshotStoreMemory(),
    });
    await role.start(new AbortController().signal);
    expect(role.state.position).toMatchObject({ log: `${ORIGIN}-2`, size: 2 });
    await expect(goOverFrom('older', role, [])).rejects.toMatchObject({ code: 'feed.succession-unknown' });
    expect((await goOverFrom('older', role, [copy('nowhere'), copy('copy')])).log).toBe(`${ORIGIN}-2`);
    await role[Symbol.asyncDispose]();
    // Again is the same; another one from the same log is a second history.
    await take('s.json');
    for (const as of ['officer-a', 'officer-b']) await decide('t.json', as, { from: [copy('older')] });
    await expect(take('t.json')).rejects.toMatchObject({ code: 'succession.exists' });
    expect((await readSucceeded({ dataFolder: data }))?.opening).toBe(succeeded.opening);
  });

  it('sign nothing that goes on from elsewhere than their own copy, or that does not hold', async () => {
    await decide('u.json', 'officer-a', { from: [copy('older')] });
    await expect(decide('u.json', 'officer-b', { from: [copy('copy')] })).rejects.toMatchObject({
      code: 'succession.unproved',
    });
    for (const from of [
      [copy('copy'), copy('forked')],
      [copy('forked'), copy('copy')],
    ]) {
      await expect(decide('y.json', 'officer-a', { from })).rejects.toMatchObject({ code: 'succession.copies-differ' });
    }
    for (const changes of [
      (draft: SuccessionDraft) => ({ from: { ...draft.from, size: draft.from.size + 1 } }),
      (draft: SuccessionDraft) => ({ rulebook: { ...draft.rulebook, notice: { amendMs: 1 } } }),
      (draft: SuccessionDraft) => ({
        rulebook: { ...draft.rulebook, log: { ...draft.rulebook.log, origin: 'x.example/y' } },
      }),
      () => ({ network: 'A'.repeat(43) }),
    ]) {
      await decide('v.json', 'officer-a', { from: [copy('copy')] });
      await change('v.json', changes);
      await expect(decide('v.json', 'officer-b')).rejects.toMatchObject({ code: 'succession.unproved' });
      await rm(join(data, 'v.json'));
    }
    await decide('w.json', 'officer-a', { from: [copy('copy')] });
    await change('w.json', ({ snapshot }) => ({ snapshot: snapshot.slice(0, -40) }));
    await expect(decide('w.json', 'officer-b')).rejects.toMatchObject({
      code: expect.stringMatching(/^(snapshot|encoding)\./),
    });
    await writeFile(join(data, 'x.json'), '{}');
    await expect(decide('x.json', 'officer-b')).rejects.toMatchObject({ code: 'succession.malformed' });
  });
});
