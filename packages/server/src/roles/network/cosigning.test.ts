import {
  CodedError,
  encodeUtf8,
  encodeVkey,
  isInLog,
  judgeNote,
  leafHash,
  noteChecks,
  parseNote,
  parseStatement,
  parseTlogProof,
  parseVkey,
  type Vkey,
} from '@holdfast/core';
import {
  type CosignedEvent,
  createFollower,
  createFollowerStoreMemory,
  createHttpFeed,
  type FeedEvent,
  isCosigned,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterEach, describe, expect, it } from 'vitest';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import {
  createTestNetwork,
  foundTestNetwork,
  TEST_TICK_MS,
  type TestNetwork,
  type TestNetworkOptions,
} from '../../../test/test-network.ts';
import { createSmallLog, createTestWitness, type TestWitness } from '../../../test/witness-world.ts';
import { networkRoutes } from '../../http/network/network-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import type { AddCheckpointAnswer, Witness } from '../../ports/witness.ts';

const never = new AbortController().signal;
const NAMES = ['w1', 'w2', 'w3'] as const;
type Name = (typeof NAMES)[number];

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type World = {
  readonly network: TestNetwork;
  readonly witnesses: Readonly<Record<Name, TestWitness>>;
  /** The names of those who were asked, in order. */
  readonly asked: Name[];
  /** Names of the witnesses under a note. */
  readonly under: (note: string | undefined) => Promise<string[]>;
};

/** A network with three witnesses, two of whom are a quorum. `doors` replaces the way to some. */
async function createWorld(
  doors: Partial<Record<Name, (door: Witness) => Witness>> = {},
  options: TestNetworkOptions = {},
): Promise<World> {
  let logKey: Vkey | undefined;
  let now = () => 0;
  const made = NAMES.map(async (name) => [name, await createTestWitness(`${name}.example`, [], { now: () => now() })]);
  const witnesses: World['witnesses'] = Object.fromEntries(await Promise.all(made));
  const members = NAMES.map((name) => ({ vkey: encodeVkey(witnesses[name].vkey), url: `http://${name}` }));
  const asked: Name[] = [];
  const openWitness = (url: string): Witness => {
    const name = url.slice('http://'.length) as Name;
    const { role } = witnesses[name];
    const door: Witness = {
      addCheckpoint: async (body) => {
        if (logKey !== undefined) role.addLog(logKey);
        return role.addCheckpoint(body);
      },
    };
    const real = doors[name]?.(door) ?? door;
    return {
      addCheckpoint(body, signal) {
        asked.push(name);
        return real.addCheckpoint(body, signal);
      },
    };
  };
  const network = await createTestNetwork({ rulebook: { witnesses: { quorum: 2, members } }, openWitness, ...options });
  now = network.clock.now;
  const genesis = parseStatement(network.genesis);
  if (genesis.ok && genesis.statement.body.type === 'rulebook')
    logKey = parseVkey(genesis.statement.body.body.log.vkey);
  await foundTestNetwork(network);
  await settle();
  closing.push(async () => network.role[Symbol.asyncDispose]());
  const vkeys = Object.values(witnesses).map(({ vkey }) => vkey);
  const under = async (note = '') => {
    if (note === '') return [];
    const parsed = parseNote(note);
    const judged = judgeNote(parsed, vkeys, await createNodeEngine().verify(noteChecks(parsed, vkeys).checks));
    return judged.accepted ? judged.signers.map(({ vkey }) => vkey.name).sort() : [];
  };
  return { network, witnesses, asked, under };
}

const hangs: Witness = { addCheckpoint: () => new Promise(() => undefined) };
const fails: Witness = { addCheckpoint: () => Promise.reject(new CodedError('witness.unreachable', 'Gone.')) };
const says = (answer: AddCheckpointAnswer): Witness => ({ addCheckpoint: async () => answer });

const codesOf = ({ events }: TestNetwork) => [...new Set(events.map(({ code }) => code))];

describe('a network with witnesses', () => {
  it('shows each epoch at once, and what its witnesses say under the same checkpoint when they say it', async () => {
    const { network, under } = await createWorld();
    const note = await network.role.fetchCheckpoint(never);
    expect(parseNote(note).text).toContain(`\n${network.role.health().size}\n`);
    expect(await under(note)).toEqual(['w1.example', 'w2.example', 'w3.example']);
    expect(await network.role.fetchCosigned?.(never)).toBe(note);
    expect(network.role.health().witnesses).toHaveLength(3);
    expect(codesOf(network)).toEqual([]);
  });

  it.each<[string, Witness]>([
    ['dead', fails],
    ['silent', hangs],
    ['busy', says({ cosigned: false, why: 'busy' })],
    ['answering nonsense', says({ cosigned: true, lines: 'nonsense' })],
    ['answering nothing', says({ cosigned: true, lines: '' })],
    ['always somewhere else', says({ cosigned: false, why: 'conflict', size: 1 })],
    ['ahead of the log', says({ cosigned: false, why: 'conflict', size: 1_000_000 })],
    ['claiming a fork', says({ cosigned: false, why: 'forked' })],
  ])('goes on when one witness is %s, says so, and has the quorum of the others', async (_, door) => {
    const { network, under } = await createWorld({ w2: () => door });
    await network.tick(4 * TEST_TICK_MS);
    await settle();
    const note = await network.role.fetchCosigned?.(never);
    expect(parseNote(note ?? '').text).toBe(parseNote(await network.role.fetchCheckpoint(never)).text);
    expect(await under(note)).toEqual(['w1.example', 'w3.example']);
    expect(codesOf(network)).toEqual([expect.stringMatching(/^network\.witness-(silent|contradicts)$/)]);
  });

  it('passes on no signature that does not verify, and none of another witness', async () => {
    let lines = '';
    const keep = (door: Witness): Witness => ({
      async addCheckpoint(body, signal) {
        const answer = await door.addCheckpoint(body, signal);
        if (answer.cosigned) lines = answer.lines;
        return answer;
      },
    });
    const stale = (): Witness => ({
      addCheckpoint: async () => ({ cosigned: true, lines: lines.replace('w1', 'w2') }),
    });
    const { network, under } = await createWorld({ w1: keep, w2: stale });
    await network.tick(3 * TEST_TICK_MS);
    expect(await under(await network.role.fetchCosigned?.(never))).toEqual(['w1.example', 'w3.example']);
  });

  it('keeps on where two of three are dead: epochs come, and nothing is cosigned that a quorum did not', async () => {
    const { network, under } = await createWorld({ w1: () => fails, w3: () => hangs });
    const { size } = network.role.health();
    await network.tick(5 * TEST_TICK_MS);
    expect(network.role.health().size).toBe(size + 5);
    expect(await network.role.fetchCosigned?.(never)).toBeUndefined();
    expect(await under(await network.role.fetchCheckpoint(never))).toEqual(['w2.example']);
  });

  it('asks one question at a time, about the newest checkpoint, and less often while it fails', async () => {
    const world = await createWorld({ w2: () => hangs, w3: () => fails });
    world.asked.length = 0;
    await world.network.tick(60_000);
    const times = (name: Name) => world.asked.filter((one) => one === name).length;
    // An epoch every five seconds; ten seconds of patience; pauses up to thirty seconds.
    expect(times('w1')).toBe(12);
    expect(times('w2')).toBeLessThanOrEqual(6);
    expect(times('w3')).toBeLessThanOrEqual(6);
  });

  it('catches up with a witness that was away, in one question', async () => {
    let isAway = true;
    const door = (real: Witness): Witness => ({
      addCheckpoint: (body, signal) => (isAway ? fails : real).addCheckpoint(body, signal),
    });
    const { network, under } = await createWorld({ w2: door });
    await network.tick(10 * TEST_TICK_MS);
    isAway = false;
    await network.tick(40_000);
    expect(await under(await network.role.fetchCheckpoint(never))).toContain('w2.example');
  });

  it('goes on after a restart from where its witnesses are, and has not forgotten what was cosigned', async () => {
    const { network } = await createWorld();
    const before = await network.role.fetchCosigned?.(never);
    await network.role[Symbol.asyncDispose]();
    const again = await createTestNetwork({ ...network.options, clock: network.clock, openWitness: () => fails });
    await again.role.start(again.stop.signal);
    closing.push(async () => again.role[Symbol.asyncDispose]());
    expect(await again.role.fetchCosigned?.(never)).toBe(before);
  });

  it('tells those who stream, and they know how young their view is', async () => {
    const { network } = await createWorld();
    const { name, clock, role, options } = network;
    const entropy = { bytes: (count: number) => new Uint8Array(count) };
    const store = createFollowerStoreMemory();
    const follower = createFollower({ network: name, source: role, store, engine: options.engine, clock, entropy });
    await follower.start(never);
    await settle();
    await network.tick();
    await settle();
    const { time } = follower.view()?.witnessed ?? {};
    expect(time).toBe(Math.floor((follower.view()?.position.time ?? 0) / 1000) * 1000);
    await follower[Symbol.asyncDispose]();
  });

  it('proves an entry under the latest cosigned checkpoint, for whoever is offline', async () => {
    const { network, under } = await createWorld();
    const proof = parseTlogProof(await network.role.proveEntry(2));
    const [entry = ''] = await network.store.readEntries(2, 3);
    expect(isInLog(leafHash(encodeUtf8(entry)), proof)).toBe(true);
    expect(await under(await network.role.fetchCosigned?.(never))).toHaveLength(3);
    await expect(network.role.proveEntry(1_000_000)).rejects.toMatchObject({ code: 'log.out-of-range' });
  });
});

describe('cosignatures over HTTP', () => {
  async function serve(world: World) {
    const app = await createHttpServer(false);
    networkRoutes(app, { network: world.network.role });
    closing.push(() => app.close());
    return { app, url: await app.listen({ port: 0, host: '127.0.0.1' }) };
  }

  it('are under the checkpoint, in the feed, in a proof, and asked for alone', async () => {
    const world = await createWorld();
    const { app, url } = await serve(world);
    const cosigned = await world.network.role.fetchCosigned?.(never);
    expect((await app.inject('/log/checkpoint?cosigned=true')).body).toBe(cosigned);
    expect((await app.inject('/log/checkpoint')).body).toBe(cosigned);
    const proof = await app.inject('/log/proof?index=0');
    expect(proof.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(parseTlogProof(proof.body).index).toBe(0);
    const feed = createHttpFeed({ url });
    expect(await feed.fetchCosigned?.(never)).toBe(cosigned);
    const stop = new AbortController();
    const events: (FeedEvent | CosignedEvent)[] = [];
    for await (const event of feed.stream(0, stop.signal)) {
      events.push(event);
      if (isCosigned(event)) stop.abort();
    }
    expect(events.at(-1)).toEqual({ cosigned });
  });

  it('are missing where nobody has given any, and that is no failure of the feed', async () => {
    const world = await createWorld({ w1: () => fails, w2: () => fails, w3: () => fails });
    const { app, url } = await serve(world);
    expect((await app.inject('/log/checkpoint?cosigned=true')).json()).toMatchObject({ code: 'log.not-cosigned' });
    expect(await createHttpFeed({ url }).fetchCosigned?.(never)).toBeUndefined();
  });
});

it('a witness that knows another log of this name signs nothing for this one', async () => {
  const fork = createSmallLog('log.example/test', { seed: 'another' });
  const { network } = await createWorld({
    w2: (door) => ({ addCheckpoint: (_, signal) => door.addCheckpoint(fork.ask(0, 3), signal) }),
  });
  expect(network.role.health().witnesses.map(({ why }) => why)).toContain('not-signed');
});
