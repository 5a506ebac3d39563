import { CodedError, parseUtf8 } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { present } from '../../../../verifier/test/verify-world.ts';
import {
  createVerifierWorld,
  type RoleChanges,
  replay,
  START,
  type VerifierWorld,
} from '../../../test/verifier-world.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createStandingStoreMemory } from '../../adapters/memory/standing-store.ts';
import { createVerdictStoreMemory } from '../../adapters/memory/verdict-store.ts';
import { createVerifierRole } from './verifier-role.ts';

const DAY_MS = 86_400_000;
const PAY = { class: 'pay', freshness: { mode: 'any' }, amount: '1200' } as const;

let world: VerifierWorld;
beforeEach(async () => {
  world = await createVerifierWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const create = async (id: string, changes: RoleChanges = {}) => createVerifierRole(await world.role(id, changes));
const held = () => world.follower.position ?? expect.fail('it has read');
const asked = (presentation: string) => ({ presentation, want: PAY, keepStanding: true });

describe('a standing', () => {
  it('is what the issuer signed and what was asked, sealed: no claim that was disclosed, no proof of the holder', async () => {
    const [standings, sealer] = [createStandingStoreMemory(), createMemorySealer()];
    const role = await create('north', { standings, sealer });
    const proof = { nonce: 'application 1', audience: 'winter-relief' };
    const presentation = present(world.credential(), world.holder, { ...proof, iat: START / 1000 });
    const { id } = await role.verify({ ...asked(presentation), ...proof });
    const kept = (await standings.read(id)) ?? expect.fail('it was kept');
    const { subject } = await role.verdict(id);
    expect(kept).toEqual({ verdictId: id, subject, keptAt: START, sealed: kept.sealed });
    const [issuerJwt = '', disclosure = ''] = presentation.split('~');
    expect(Buffer.from(kept.sealed ?? []).includes(Buffer.from(issuerJwt.slice(0, 20)))).toBe(false);
    const opened = parseUtf8(await sealer.open(kept.sealed ?? new Uint8Array(), `standing north ${id}`));
    expect(JSON.parse(opened)).toEqual({ credential: `${issuerJwt}~`, amount: '1200' });
    expect(opened).not.toContain(disclosure);
  });

  it('does not open in the place of another, at another verifier, or under another key', async () => {
    const [store, sealer] = [createVerdictStoreMemory(), createMemorySealer()];
    const standings = createStandingStoreMemory();
    const role = await create('north', { store, sealer, standings });
    const mine = await role.verify(asked(world.credential()));
    const other = await role.verify(asked(world.credential({ status: { uri: LIST_URI, index: 8 } })));
    const [one, two] = await Promise.all([standings.read(mine.id), standings.read(other.id)]);
    if (one?.sealed === undefined || two?.sealed === undefined) return expect.fail('both were kept');
    const swapped = createStandingStoreMemory();
    await swapped.keep({ ...one, sealed: two.sealed });
    const refused = [
      create('north', { store, sealer, standings: swapped }),
      create('south', { store, sealer, standings }),
      create('north', { store, standings }),
    ];
    for (const wrong of refused) {
      const confirmed = (await wrong).confirm(mine.id, { atLeast: held() });
      await expect(confirmed).rejects.toMatchObject({ code: 'sealer.unopenable' });
    }
    const torn = createMemorySealer();
    const unreadable = createStandingStoreMemory();
    const sealed = await torn.seal(new Uint8Array([123]), `standing north ${mine.id}`);
    await unreadable.keep({ ...one, sealed });
    const broken = await create('north', { store, sealer: torn, standings: unreadable });
    const confirmed = broken.confirm(mine.id, { atLeast: held() });
    await expect(confirmed).rejects.toMatchObject({ code: 'standing.unreadable' });
  });

  it('is kept of what may still become a yes, and of nothing that cannot', async () => {
    const role = await create('north');
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => 'confirmed',
        (error: { code: string }) => error.code,
      );
    const confirmable = async (text: string) => {
      const { id, verdict } = await role.verify(asked(text));
      return [verdict.outcome, await codeOf(role.confirm(id, { atLeast: held() }))];
    };
    const seconds = START / 1000;
    expect(await confirmable(world.credential({ claims: { exp: seconds - 1 } }))).toEqual([
      'expired',
      'standing.not-kept',
    ]);
    expect(await confirmable(world.credential({ claims: { nbf: seconds + 600 } }))).toEqual([
      'not-yet-valid',
      'confirmed',
    ]);
    world.feed.log.suspend([{ list: LIST_URI, index: 7 }], START + DAY_MS, { officers: ['officer-a'] });
    world.feed.log.revoke([{ list: LIST_URI, index: 8 }]);
    world.feed.mint();
    await settle();
    expect(await confirmable(world.credential())).toEqual(['suspended', 'confirmed']);
    const revoked = world.credential({ status: { uri: LIST_URI, index: 8 } });
    expect(await confirmable(revoked)).toEqual(['revoked', 'standing.not-kept']);
    expect(await confirmable('no credential')).toEqual(['invalid', 'standing.not-kept']);
  });

  it('is judged by its own path: the confirmed verdict is kept, found and replayed like any other', async () => {
    const role = await create('north');
    const first = await role.verify(asked(world.credential()));
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    world.feed.mint();
    await settle();
    const { id, verdict } = await role.confirm(first.id, { atLeast: held() });
    expect(verdict.outcome).toBe('revoked');
    const { subject } = await role.verdict(first.id);
    expect((await role.latest({ subject, limit: 10 })).map((kept) => kept.id)).toEqual([id, first.id]);
    expect(await replay(await role.replayBundle(id), world.engine)).toMatchObject({ same: true, broken: [] });
    expect(await role.deciding(id)).toMatchObject({ decisions: [{ power: 'revoke' }] });
  });

  it('does not say yes to the past: evidence that has aged since only reserves', async () => {
    const role = await create('north');
    const { id } = await role.verify(asked(world.credential()));
    world.feed.source.fetchCheckpoint = () => new Promise(() => {});
    world.feed.hangUp();
    world.clock.jump(60_000);
    const { verdict } = await role.confirm(id, { atLeast: held() });
    expect(verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'reserve', maxAmount: '1200' } });
  });
});

describe('open standings', () => {
  it('are listed with their age, the oldest first, until they are settled', async () => {
    const role = await create('north', { bounds: { standingMemoryMs: 10 * DAY_MS } });
    const first = await role.verify(asked(world.credential()));
    world.clock.jump(DAY_MS);
    const second = await role.verify(asked(world.credential()));
    await role.verify({ presentation: world.credential(), want: PAY });
    expect(await role.openStandings()).toEqual({
      count: 2,
      standings: [
        { verdictId: first.id, keptAt: START, ageMs: DAY_MS, erasedFrom: START + 10 * DAY_MS },
        { verdictId: second.id, keptAt: START + DAY_MS, ageMs: 0, erasedFrom: START + 11 * DAY_MS },
      ],
    });
    expect(await role.openStandings(1)).toMatchObject({ count: 2, standings: [{ verdictId: first.id }] });
    await role.settled(first.id);
    expect(await role.openStandings()).toMatchObject({ count: 1, standings: [{ verdictId: second.id }] });
  });

  it('are no more than there is room for: the next gets no verdict, until one is settled or swept', async () => {
    const role = await create('north', { bounds: { maxStandings: 2, standingMemoryMs: DAY_MS } });
    const first = await role.verify(asked(world.credential()));
    await role.verify(asked(world.credential()));
    const refused = () => role.verify(asked(world.credential()));
    await expect(refused()).rejects.toMatchObject({ code: 'standing.too-many' });
    expect(await role.latest({ limit: 10 })).toHaveLength(2);
    expect((await role.verify({ presentation: world.credential(), want: PAY })).verdict.outcome).toBe('valid');
    await role.settled(first.id);
    await role.verify(asked(world.credential()));
    await expect(refused()).rejects.toMatchObject({ code: 'standing.too-many' });
    world.clock.jump(DAY_MS + 1);
    expect(await role.sweep()).toMatchObject({ standings: 2 });
    await role.verify(asked(world.credential()));
  });

  it('are counted from what is kept when the verifier starts', async () => {
    const ports = {
      standings: createStandingStoreMemory(),
      store: createVerdictStoreMemory(),
      bounds: { maxStandings: 1 },
    };
    await (await create('north', ports)).verify(asked(world.credential()));
    const restarted = (await create('north', ports)).verify(asked(world.credential()));
    await expect(restarted).rejects.toMatchObject({ code: 'standing.too-many' });
  });

  it('go in their time, and the mark that there was one goes with the verdict', async () => {
    const role = await create('north', { bounds: { standingMemoryMs: DAY_MS, verdictMemoryMs: 3 * DAY_MS } });
    const { id } = await role.verify(asked(world.credential()));
    world.clock.jump(DAY_MS);
    expect(await role.sweep()).toMatchObject({ standings: 0 });
    world.clock.jump(1);
    expect(await role.sweep()).toMatchObject({ standings: 1 });
    const confirm = () => role.confirm(id, { atLeast: held() });
    await expect(confirm()).rejects.toMatchObject({
      code: 'standing.erased',
      details: { erasedAt: world.clock.now() },
    });
    world.clock.jump(2 * DAY_MS);
    await role.sweep();
    await expect(confirm()).rejects.toMatchObject({ code: 'verdict.not-found' });
  });
});

describe('when a part of it does not work', () => {
  it('no verdict is answered whose standing could not be kept, and asking again under its key keeps both', async () => {
    const down = () => Promise.reject(new CodedError('database.unreachable', 'down'));
    const standings = createStandingStoreMemory();
    const ports = { store: createVerdictStoreMemory(), sealer: createMemorySealer(), standings };
    const question = { ...asked(world.credential()), key: 'application-1' };
    const broken = [
      { ...ports, standings: { ...standings, keep: down } },
      { ...ports, standings: { ...standings, countOpen: down } },
    ];
    for (const changes of broken) {
      const refused = (await create('north', changes)).verify(question);
      await expect(refused).rejects.toMatchObject({ code: 'database.unreachable' });
    }
    const role = await create('north', ports);
    const { id } = await role.verify(question);
    expect(await role.latest({ limit: 10 })).toHaveLength(1);
    expect((await role.confirm(id, { atLeast: held() })).verdict.outcome).toBe('valid');
  });

  it('counts again once the store is back', async () => {
    const standings = createStandingStoreMemory();
    let isDown = true;
    const countOpen = () =>
      isDown ? Promise.reject(new CodedError('database.unreachable', 'down')) : standings.countOpen();
    const role = await create('north', { standings: { ...standings, countOpen } });
    const ask = () => role.verify(asked(world.credential()));
    await expect(ask()).rejects.toMatchObject({ code: 'database.unreachable' });
    isDown = false;
    expect((await ask()).verdict.outcome).toBe('valid');
  });

  it('a key repeats its answer also when what the asker had seen changed the question meanwhile', async () => {
    const role = await create('north');
    const question = { ...asked(world.credential()), key: 'application-1', seen: [held()] };
    const first = await role.verify(question);
    world.feed.mint();
    await settle();
    expect((await role.verify({ ...question, seen: [held()] })).jws).toBe(first.jws);
  });
});
