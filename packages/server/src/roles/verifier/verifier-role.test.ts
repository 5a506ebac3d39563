import {
  CodedError,
  encodeUtf8,
  parseUtf8,
  parseVerdictEnvelope,
  type ReplayBundle,
  signatureCheck,
} from '@holdfast/core';
import { createPastLog, createVerifier, EMPTY_POLICY, type SignatureEngine } from '@holdfast/verifier';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { readable } from '../../../../core/test/readable.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { createChain, issue, listToken } from '../../../../verifier/test/verify-world.ts';
import { createVerifierWorld, replay, START, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createVerdictStoreMemory } from '../../adapters/memory/verdict-store.ts';
import type { VerdictStore } from '../../ports/verdict-store.ts';
import { createVerifierRole } from './verifier-role.ts';

let world: VerifierWorld;
beforeEach(async () => {
  world = await createVerifierWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const DAY_MS = 86_400_000;
const north = async (changes: Parameters<VerifierWorld['role']>[1] = {}) =>
  createVerifierRole(await world.role('north', changes));

describe('a verdict', () => {
  it('is signed by the verifier that its network accredits, under its own id', async () => {
    const role = await north();
    const { id, jws, verdict } = await role.verify({ credential: world.credential() });
    expect(verdict.outcome).toBe('valid');
    const { jws: parsed, envelope } = parseVerdictEnvelope(jws);
    expect(envelope).toMatchObject({ iss: 'north', jti: id, iat: START / 1000, verdict });
    const key = world.follower.view()?.parties.get('north')?.keys[0]?.key ?? expect.fail('north is accredited');
    expect(await world.engine.verify([signatureCheck(parsed, key)])).toEqual([true]);
    expect(role.describe()).toMatchObject({
      id: 'north',
      position: world.follower.position,
      health: { state: 'live' },
    });
  });

  it('is kept before it is answered, and found again by its id', async () => {
    const store = createVerdictStoreMemory();
    const role = await north({ store });
    const { id, jws } = await role.verify({ credential: world.credential() });
    expect(await role.verdict(id)).toMatchObject({ id, signed: jws, answeredAt: START, isReplayable: true });
    await expect(role.verdict('other')).rejects.toMatchObject({ code: 'verdict.not-found' });
    await expect(role.replayBundle('other')).rejects.toMatchObject({ code: 'verdict.not-found' });
  });

  it('has an id that no command line takes for an option', async () => {
    const entropy = { bytes: (count: number) => new Uint8Array(count).fill(0xfb) };
    const { id } = await (await north({ entropy })).verify({ credential: world.credential() });
    expect(id).toMatch(/^[A-Za-z]/);
  });

  it('is given about what is no credential too', async () => {
    const role = await north();
    const { id, verdict } = await role.verify({ presentation: 'no credential' });
    expect(verdict.outcome).toBe('invalid');
    expect((await replay(await role.replayBundle(id), world.engine)).same).toBe(true);
  });

  it('keeps nothing in the clear of what was shown, nor where it stands in a list', async () => {
    const store = createVerdictStoreMemory();
    const role = await north({ store });
    const credential = world.credential();
    const { id } = await role.verify({ credential });
    const record = await store.read(id);
    const kept = parseUtf8(encodeUtf8(JSON.stringify(record)));
    const [issuerJwt = '', disclosure = ''] = credential.split('~');
    for (const secret of [issuerJwt.split('.')[1] ?? '', disclosure, LIST_URI]) expect(kept).not.toContain(secret);
    expect(readable(kept)).not.toMatch(/\bAda\b/);
    expect(Buffer.from(record?.sealed ?? []).includes(Buffer.from(disclosure))).toBe(false);
  });

  it('finds another one on the same credential here, but not by what another verifier calls it', async () => {
    const [role, south] = [await north(), createVerifierRole(await world.role('south'))];
    const credential = world.credential();
    const first = await role.verify({ credential });
    const second = await role.verify({ credential });
    await role.verify({ credential: world.credential({ status: { uri: LIST_URI, index: 8 } }) });
    const { subject, credential: digest = '' } = await role.verdict(first.id);
    expect((await role.latest({ subject, limit: 10 })).map(({ id }) => id)).toEqual([second.id, first.id]);
    const elsewhere = await south.verdict((await south.verify({ credential })).id);
    expect(elsewhere.subject).not.toBe(subject);
    // What two verifiers compare by is the digest of what the issuer signed.
    expect(elsewhere.credential).toBe(digest);
    expect(await role.latest({ credential: digest, limit: 10 })).toHaveLength(2);
  });
});

describe('a replay', () => {
  it('from the bundle alone gives the same bytes, also long after the network has gone on', async () => {
    const role = await north();
    const before = await role.verify({ credential: world.credential() });
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    await world.clock.advance(5000);
    world.feed.mint();
    await settle();
    const after = await role.verify({ credential: world.credential() });
    expect([before.verdict.outcome, after.verdict.outcome]).toEqual(['valid', 'revoked']);
    for (const { id, verdict } of [after, before, after]) {
      const result = await replay(await role.replayBundle(id), world.engine);
      expect(result).toEqual({ same: true, broken: [], recorded: verdict, recomputed: verdict });
    }
  });

  it('of a verdict at a position stands there, and one that could not stand there says why again', async () => {
    const role = await north();
    const position = world.follower.position ?? expect.fail('it has read');
    const at = (change: object) =>
      role.verify({
        credential: world.credential(),
        want: { class: 'pay', freshness: { mode: 'at', position: { ...position, ...change } } },
      });
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    await world.clock.advance(5000);
    world.feed.mint();
    await settle();
    const pinned = await at({});
    expect(pinned.verdict).toMatchObject({ outcome: 'valid', basis: { positions: [position] } });
    const never = { size: position.size - 1 };
    for (const { id, verdict } of [pinned, await at(never), await at({ log: 'other.example' })]) {
      const result = await replay(await role.replayBundle(id), world.engine);
      expect(result).toEqual({ same: true, broken: [], recorded: verdict, recomputed: verdict });
    }
    const lost = createVerifierRole({
      ...(await world.role('north')),
      verifier: createVerifier({
        ...{ follower: world.follower, engine: world.engine, policy: EMPTY_POLICY, clock: world.clock },
        past: createPastLog({ readEntries: async () => [] }, world.engine),
      }),
    });
    const question = { credential: world.credential(), want: pinned.verdict.basis.request };
    const { id, verdict } = await lost.verify(question);
    expect(verdict.reasons).toEqual([{ code: 'position.log_lost', path: '' }]);
    expect((await replay(await lost.replayBundle(id), world.engine)).same).toBe(true);
  });

  it('of a verdict on a stranger carries what the stranger said', async () => {
    const chain = await createChain('town.example', 'https://town.example');
    const uri = 'https://town.example/list';
    const values = new Uint8Array(4096);
    values[3] = 2;
    world.outside.serve(
      uri,
      listToken(chain.leafKey, { uri, values, iat: START / 1000 }),
      'application/statuslist+jwt',
    );
    const role = await north({ foreign: world.outside.sources });
    const credential = issue({
      key: chain.leafKey,
      header: { x5c: chain.x5c },
      status: { uri, index: 3 },
      claims: { iss: 'https://town.example', vct: 'licence' },
    });
    const { id, verdict } = await role.verify({ credential });
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['trust.no_anchors', 'status.suspended']);
    expect(await replay(await role.replayBundle(id), world.engine)).toMatchObject({ same: true, broken: [] });
  });

  it('of a verdict that silence has shaped is shaped by it too', async () => {
    const broken: SignatureEngine = { verify: () => Promise.reject(new CodedError('signature.overloaded', 'full')) };
    const role = await north({ verifier: (await world.role('north', { engine: broken })).verifier });
    const { id, verdict } = await role.verify({ credential: world.credential() });
    expect(verdict.outcome).toBe('unknown');
    expect((await replay(await role.replayBundle(id), world.engine)).same).toBe(true);
  });

  it('does not hold for a bundle in which anything was exchanged', async () => {
    const role = await north();
    const { id } = await role.verify({ credential: world.credential() });
    const other = await role.verify({ credential: world.credential({ status: { uri: LIST_URI, index: 8 } }) });
    const bundle = await role.replayBundle(id);
    const network = bundle.network ?? expect.fail('it stood on a network');
    const list = network.list ?? expect.fail('it stood on a list');
    const exchanged: readonly ReplayBundle[] = [
      { ...bundle, presented: (await role.replayBundle(other.id)).presented },
      { ...bundle, network: { ...network, parties: network.parties.slice(1) } },
      { ...bundle, network: { ...network, list: { ...list, packed: `B${list.packed.slice(1)}` } } },
      { ...bundle, network: { ...network, epoch: { ...network.epoch, inclusion: [] } } },
    ];
    for (const wrong of exchanged) {
      await expect(replay(wrong, world.engine)).rejects.toMatchObject({ code: 'replay.unproved' });
    }
  });

  it('says so when the log that was kept does not reach back, or is another one', async () => {
    await using other = await createVerifierWorld();
    expect(other.follower.position?.size).toBe(world.follower.position?.size);
    for (const store of [{ readEntries: async () => [] }, other.store]) {
      const options = await world.role('north');
      const role = createVerifierRole({
        ...options,
        feed: { follower: world.follower, past: createPastLog(store, world.engine) },
      });
      const { id } = await role.verify({ credential: world.credential() });
      await expect(role.replayBundle(id)).rejects.toMatchObject({ code: 'verdict.log-lost' });
    }
  });

  it('is not possible with what was sealed under another key, or moved from another verdict', async () => {
    const store = createVerdictStoreMemory();
    const sealer = createMemorySealer();
    const role = await north({ store, sealer });
    const [one, two] = [await role.verify({ credential: world.credential() }), await role.verify({ credential: 'x' })];
    await expect((await north({ store })).replayBundle(one.id)).rejects.toMatchObject({ code: 'sealer.unopenable' });
    const moved = (await store.read(two.id))?.sealed ?? expect.fail('it was sealed');
    const record = (await store.read(one.id)) ?? expect.fail('it was kept');
    const other = createVerdictStoreMemory();
    await other.append({ ...record, sealed: moved });
    const refused = (await north({ store: other, sealer })).replayBundle(one.id);
    await expect(refused).rejects.toMatchObject({ code: 'sealer.unopenable' });
  });
});

describe('the entry that decided', () => {
  it('is named with those who signed it, as of where the verdict stood', async () => {
    const role = await north();
    const before = await role.verify({ credential: world.credential() });
    world.feed.log.suspend([{ list: LIST_URI, index: 7 }], START + 3 * DAY_MS, { officers: ['officer-a'] });
    await world.clock.advance(5000);
    world.feed.mint();
    await settle();
    const suspended = await role.verify({ credential: world.credential() });
    const revocation = world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    await world.clock.advance(5000);
    world.feed.mint();
    await settle();
    const revoked = await role.verify({ credential: world.credential() });
    expect(await role.deciding(revoked.id)).toMatchObject({
      entry: revocation.carried.index,
      effectiveAt: revoked.verdict.basis.positions[0]?.time,
      decisions: [{ power: 'revoke', text: 'residence ended', officers: ['officer-a', 'officer-b'] }],
    });
    expect(await role.deciding(suspended.id)).toMatchObject({
      decisions: [{ power: 'suspend', officers: ['officer-a'] }],
    });
    expect(await role.deciding(before.id)).toBeUndefined();
    expect(await role.deciding((await role.verify({ credential: 'x' })).id)).toBeUndefined();
  });
});

describe('what is kept', () => {
  it('goes in its time: first what was presented, then the verdict', async () => {
    const role = await north({ bounds: { presentationMemoryMs: DAY_MS, verdictMemoryMs: 3 * DAY_MS } });
    const { id } = await role.verify({ credential: world.credential() });
    world.clock.jump(DAY_MS);
    expect(await role.sweep()).toEqual({ erased: 0, forgotten: 0, requests: 0, standings: 0 });
    world.clock.jump(1);
    const young = await role.verify({ credential: world.credential() });
    expect(await role.sweep()).toEqual({ erased: 1, forgotten: 0, requests: 0, standings: 0 });
    expect(await role.verdict(id)).toMatchObject({ id, isReplayable: false });
    await expect(role.replayBundle(id)).rejects.toMatchObject({ code: 'verdict.erased' });
    await expect(role.deciding(id)).rejects.toMatchObject({ code: 'verdict.erased' });
    expect((await role.verdict(young.id)).isReplayable).toBe(true);
    world.clock.jump(2 * DAY_MS);
    expect(await role.sweep()).toMatchObject({ forgotten: 1 });
    await expect(role.verdict(id)).rejects.toMatchObject({ code: 'verdict.not-found' });
  });

  it('is swept by itself, also after a sweep that failed, until it is told to stop', async () => {
    const store = createVerdictStoreMemory();
    let isDown = true;
    const flaky: VerdictStore = {
      ...store,
      eraseSealed: (before, limit) =>
        isDown ? Promise.reject(new CodedError('database.unreachable', 'down')) : store.eraseSealed(before, limit),
    };
    const role = await north({ store: flaky, bounds: { presentationMemoryMs: 0, sweepMs: 1000 } });
    const { id } = await role.verify({ credential: world.credential() });
    world.clock.jump(1);
    const stop = new AbortController();
    const running = role.runSweeps(stop.signal);
    await world.clock.advance(1000);
    expect((await role.verdict(id)).isReplayable).toBe(true);
    isDown = false;
    await world.clock.advance(1000);
    expect((await role.verdict(id)).isReplayable).toBe(false);
    stop.abort();
    await running;
  });
});

describe('when a part of it does not work', () => {
  it('gives no verdict that it could not keep, sign or seal', async () => {
    const down = () => Promise.reject(new CodedError('database.unreachable', 'down'));
    const store = createVerdictStoreMemory();
    const sealer = createMemorySealer();
    for (const changes of [
      { store: { ...store, append: down } },
      { store, signer: { sign: down } },
      { store, sealer: { ...sealer, seal: down } },
      { store, sealer: { ...sealer, pseudonym: down } },
    ]) {
      const asked = (await north(changes)).verify({ credential: world.credential() });
      await expect(asked).rejects.toMatchObject({ code: 'database.unreachable' });
    }
    expect(await store.readLatest({ limit: 10 })).toEqual([]);
  });

  it('gives a verdict that is kept nowhere, and says so, to whoever would rather have that than none', async () => {
    const store = createVerdictStoreMemory();
    for (const code of ['database.unreachable', 'database.full']) {
      const down = () => Promise.reject(new CodedError(code, 'down'));
      const role = await north({ store: { ...store, append: down } });
      const given = await role.verify({ credential: world.credential(), mayBeUnkept: true });
      expect(given).toMatchObject({ shed: true, verdict: { outcome: 'valid' } });
      await expect(role.verdict(given.id)).rejects.toMatchObject({ code: 'verdict.not-found' });
      const money = { credential: world.credential(), mayBeUnkept: true, keepStanding: true } as const;
      const pay = { ...money, want: { class: 'pay', freshness: { mode: 'any' } } } as const;
      await expect(role.verify(pay)).rejects.toMatchObject({ code });
    }
    const broken = await north({
      store,
      signer: { sign: () => Promise.reject(new CodedError('key.unknown', 'gone')) },
    });
    const asked = broken.verify({ credential: world.credential(), mayBeUnkept: true });
    await expect(asked).rejects.toMatchObject({ code: 'key.unknown' });
  });

  it('stops waiting for others under load, and refuses when there is too much', async () => {
    const role = await north({ bounds: { maxWaiting: 1, maxUnderWay: 2 } });
    const position = world.follower.position ?? expect.fail('it has read');
    const ahead = { mode: 'at-least', positions: [{ ...position, size: position.size + 1 }] } as const;
    world.feed.source.fetchCheckpoint = () => new Promise(() => {});
    const question = {
      credential: world.credential(),
      want: { class: 'view', freshness: ahead },
      deadlineMs: 1000,
    } as const;
    const patient = role.verify(question);
    const second = role.verify(question);
    await expect(role.verify(question)).rejects.toMatchObject({ code: 'verify.overloaded' });
    await world.clock.advance(0);
    expect(await second).toMatchObject({ durationMs: 0, verdict: { outcome: 'unknown' } });
    await world.clock.advance(1000);
    expect((await patient).durationMs).toBe(1000);
    expect((await role.verify({ credential: world.credential() })).verdict.outcome).toBe('valid');
  });

  it('says what is wrong with its configuration before it starts', async () => {
    const { config, ...ports } = await world.role('north');
    for (const wrong of [
      { ...config, id: 'North' },
      { ...config, origin: `${config.origin}/` },
      { ...config, origin: 'verify.example' },
      { ...config, keys: { ...config.keys, request: { name: 'x', x5c: [] } } },
    ]) {
      expect(() => createVerifierRole({ ...ports, config: wrong })).toThrow(
        expect.objectContaining({ code: 'verifier.config' }),
      );
    }
  });

  it('tells how well it knows its network', async () => {
    const role = await north();
    const states: string[] = [];
    world.feed.source.fetchCheckpoint = () => new Promise(() => {});
    for (const laterMs of [0, 60_000, 3_600_000, 2 * DAY_MS]) {
      world.clock.jump(laterMs);
      states.push(role.describe().health.state);
    }
    expect(states).toEqual(['live', 'recent', 'stale', 'cut-off']);
    expect(createVerifierRole(await world.role('north', { isAlone: true })).describe()).toMatchObject({
      position: null,
      health: { state: 'alone' },
    });
  });
});
