import { CodedError, encodeUtf8, parseJws, signatureCheck, thumbprint } from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock, settle } from '../../../verifier/test/manual-clock.ts';
import { createCountingEntropy } from '../../test/verifier-world.ts';
import { createOutboxMemory } from '../adapters/memory/outbox.ts';
import { createMemorySigner } from '../adapters/memory/signer.ts';
import type { Outbox } from '../ports/outbox.ts';
import { createEvents, type Told } from './events.ts';

const START = 1_700_000_000_000;
const A = { id: 'a', url: 'https://a.example/hook', kinds: ['presentation'], createdAt: 1 };
const refused = () => Promise.reject(new CodedError('fetch.status', 'The other side answered with status 500.'));

let clock: ManualClock;
let outbox: Outbox;
let sent: { readonly url: string; readonly token: string }[];
let told: Map<string, Told>;
let send: (url: string, token: string) => Promise<void>;

beforeEach(async () => {
  clock = createManualClock(START);
  outbox = createOutboxMemory();
  sent = [];
  told = new Map();
  send = async () => undefined;
  await outbox.addEndpoint(A, 16);
});

async function open() {
  const signer = createMemorySigner();
  const key = await signer.create('north-verdict', 'ES256');
  const events = createEvents({
    ...{ outbox, clock, signer, entropy: createCountingEntropy() },
    signing: async () => ({ iss: 'north', name: 'north-verdict', kid: thumbprint(key) }),
    send: async (url, token) => {
      sent.push({ url, token });
      await send(url, token);
    },
    tell: async (_, subject) => told.get(subject) ?? { state: 'waits' },
  });
  return { events, key };
}

const jtiOf = ({ token }: { readonly token: string }) => parseJws(token).payload.jti;

describe('an outcome', () => {
  it('is pushed as a signed token for its receiver, with what is true when it is sent', async () => {
    const { events, key } = await open();
    await events.announce('presentation', ['p1'], START + 300_000);
    expect(await events.work()).toBe(0);
    told.set('p1', { state: 'told', body: { id: 'p1', state: 'done', verdictId: 'v1' } });
    events.happened('presentation', ['p1']);
    await settle();
    expect(await events.work()).toBe(1);
    const jws = parseJws(sent[0]?.token ?? '');
    expect(await createNodeEngine().verify([signatureCheck(jws, key)])).toEqual([true]);
    expect(jws.header.typ).toBe('secevent+jwt');
    expect(jws.payload).toMatchObject({
      ...{ iss: 'north', jti: 'presentation.p1', aud: A.url, iat: START / 1000 },
      events: { 'urn:holdfast:event:presentation': { id: 'p1', state: 'done', verdictId: 'v1' } },
    });
    expect(await events.work()).toBe(0);
  });

  it('is told when it was announced for, though the process died right after it happened, and a lapse is told as one', async () => {
    const { events } = await open();
    await events.announce('presentation', ['p1'], START + 300_000);
    told.set('p1', { state: 'told', body: { id: 'p1', state: 'failed', code: 'presentation.expired' } });
    await clock.advance(300_000);
    expect(await (await open()).events.work()).toBe(1);
    expect(JSON.stringify(parseJws(sent[0]?.token ?? '').payload)).toContain('presentation.expired');
  });

  it('that has not happened when it was to be told is waited for, and one that nothing is known of is dropped', async () => {
    const { events } = await open();
    await events.announce('presentation', ['p1'], START);
    await events.announce('presentation', ['p2'], START);
    told.set('p2', { state: 'gone' });
    expect(await events.work()).toBe(0);
    told.set('p1', { state: 'told', body: { id: 'p1' } });
    await clock.advance(30_000);
    expect([await events.work(), sent.map(jtiOf)]).toEqual([1, ['presentation.p1']]);
  });

  it('goes again, under the same name, to a receiver that died before it said that it had it', async () => {
    const { events } = await open();
    told.set('p1', { state: 'told', body: {} });
    await events.announce('presentation', ['p1'], START);
    const settleOutbox = outbox.settle;
    outbox.settle = () => Promise.reject(new Error('killed'));
    await events.work().catch(() => undefined);
    outbox.settle = settleOutbox;
    await clock.advance(30_000);
    expect(await (await open()).events.work()).toBe(1);
    expect(sent.map(jtiOf)).toEqual(['presentation.p1', 'presentation.p1']);
  });
});

describe('a receiver', () => {
  it('that fails is tried once for each pause, however much waits for it, and named with the reason', async () => {
    const { events } = await open();
    for (let i = 0; i < 50; i += 1) {
      told.set(`p${i}`, { state: 'told', body: {} });
      await events.announce('presentation', [`p${i}`], START);
    }
    send = refused;
    for (let second = 0; second < 60; second += 1) {
      await events.work();
      await clock.advance(1000);
    }
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.length).toBeLessThan(25);
    expect(await outbox.readEndpoints()).toMatchObject([{ waiting: 50, failure: 'fetch.status' }]);
    send = async () => undefined;
    for (let second = 0; second < 600; second += 1) {
      await events.work();
      await clock.advance(1000);
    }
    expect((await outbox.readEndpoints())[0]).toMatchObject({ waiting: 0, dead: 0 });
  });

  it('that is never reached is given up for each event after a day', async () => {
    const { events } = await open();
    told.set('p1', { state: 'told', body: {} });
    await events.announce('presentation', ['p1'], START);
    send = refused;
    for (let hour = 0; hour < 30; hour += 1) {
      await events.work();
      await clock.advance(3_600_000);
    }
    expect(await outbox.readEndpoints()).toMatchObject([{ waiting: 0, dead: 1, failure: 'fetch.status' }]);
    expect(sent.length).toBeLessThanOrEqual(12);
  });

  it('that hangs holds up nobody else', async () => {
    const { events } = await open();
    await outbox.addEndpoint({ ...A, id: 'b', url: 'https://b.example/hook' }, 16);
    told.set('p1', { state: 'told', body: {} });
    await events.announce('presentation', ['p1'], START);
    send = (url) => (url === A.url ? new Promise(() => undefined) : Promise.resolve());
    void events.work();
    await settle();
    expect((await outbox.readEndpoints()).map(({ id, waiting }) => [id, waiting])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
    expect(encodeUtf8(sent[1]?.token ?? '').length).toBeGreaterThan(0);
  });
});

describe('two processes of one role', () => {
  const happen = (subjects: readonly string[]) => {
    for (const subject of subjects) told.set(subject, { state: 'told', body: { id: subject, state: 'done' } });
  };
  const subjects = Array.from({ length: 20 }, (_, i) => `p${i}`);

  it('push each outcome once between them', async () => {
    const [{ events }, { events: other }] = [await open(), await open()];
    await events.announce('presentation', subjects, START);
    happen(subjects);
    const taken = await Promise.all([events.work(), other.work(), events.work(), other.work()]);
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(subjects.length);
    expect(new Set(sent.map(jtiOf)).size).toBe(subjects.length);
    expect(sent).toHaveLength(subjects.length);
  });

  it('are one after the first is killed in the middle: what it had not noted is pushed again under its id, the rest once', async () => {
    const [{ events }, { events: other }] = [await open(), await open()];
    await events.announce('presentation', subjects, START);
    happen(subjects);
    // Taken by the receiver, and never noted: the process is gone while the third is under way.
    send = () => (sent.length === 3 ? new Promise(() => undefined) : Promise.resolve());
    void events.work();
    await expect.poll(() => sent.length).toBe(3);
    send = async () => undefined;
    expect(await other.work()).toBe(0);
    await clock.advance(30_000);
    expect(await other.work()).toBe(subjects.length - 2);
    const ids = sent.map(jtiOf);
    expect(new Set(ids).size).toBe(subjects.length);
    expect(ids.filter((id) => ids.indexOf(id) !== ids.lastIndexOf(id))).toEqual([ids[2], ids[2]]);
  });
});
