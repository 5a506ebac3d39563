import type { NetworkView, Party } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { createRealSignatures } from '../../../../core/test/test-keys.ts';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { createJoiningStoreMemory } from '../../adapters/memory/joining-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createJoining } from '../../roles/governor/joining.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { joiningRoutes } from './joining-routes.ts';

const ADMIN_KEY = 'admin-key-of-these-tests';
const DAY_MS = 86_400_000;
const key = createRealSignatures().key('harbour').jwk;

const HARBOUR: Party = {
  id: 'https://harbour.example/i/harbour',
  kind: 'issuer',
  keys: [
    { use: 'statement', key },
    { use: 'credential', key },
  ],
  accreditations: [{ action: 'issue', type: 'berth', assurance: 'substantial', from: 0 }],
};
const REQUEST = {
  party: HARBOUR,
  evidence: [{ class: 'charter', digest: 'c'.repeat(43) }],
  contact: 'Harbour office, +44 20 7946 0000',
  documents: [{ name: 'charter.pdf', content: 'JVBERi0' }],
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(rate = { perSecond: 1, burst: 100 }) {
  const clock = createManualClock();
  const parties = new Map<string, Party>();
  const view = { parties } as unknown as NetworkView;
  const ports = {
    clock,
    store: createJoiningStoreMemory(),
    sealer: createMemorySealer(),
    follower: { view: () => view },
  };
  const app = await createHttpServer(false);
  joiningRoutes(app, {
    ...{ joining: createJoining(ports), clock, rate },
    operators: { admin: [hashOperatorKey(ADMIN_KEY)] },
  });
  closing.push(() => app.close());
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object, isOperator = false) => {
    const headers = isOperator ? { authorization: `Bearer ${ADMIN_KEY}` } : {};
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, json: answer.json() as Record<string, unknown>, text: answer.body };
  };
  return { ask, clock, parties };
}

const from = (i: number) => ({ ...REQUEST, party: { ...HARBOUR, id: `https://${i}.example` } });

describe('asking to join', () => {
  test('is acknowledged with its place and dates, and shows strangers nothing that was sealed', async () => {
    const { ask, clock } = await open();
    await ask('POST', '/accreditations', from(1));
    await clock.advance(10);
    const made = await ask('POST', '/accreditations', REQUEST);
    const receivedAt = clock.now();
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      ...{ id: expect.stringMatching(/^[\w-]{43}$/), party: HARBOUR.id, state: 'open', receivedAt },
      ...{ keptUntil: receivedAt + 90 * DAY_MS, before: 1 },
    });
    const found = await ask('GET', `/accreditations/${made.json.id}`);
    expect(found.json).toEqual(made.json);
    expect(found.text + made.text).not.toMatch(/7946|charter/);
  });

  test('again is the same request, with the same date and place', async () => {
    const { ask, clock } = await open();
    const first = await ask('POST', '/accreditations', REQUEST);
    await clock.advance(DAY_MS);
    expect((await ask('POST', '/accreditations', REQUEST)).json).toEqual(first.json);
  });

  test('too often from one address is refused before the body is read, and too often for one party', async () => {
    const { ask } = await open({ perSecond: 1, burst: 4 });
    for (let i = 0; i < 3; i += 1) await ask('POST', '/accreditations', { ...REQUEST, contact: `${i}` });
    const { status, json } = await ask('POST', '/accreditations', { ...REQUEST, contact: 'once more' });
    expect([status, json.code]).toEqual([409, 'joining.party-full']);
    const pressed = await ask('POST', '/accreditations', { nonsense: true });
    expect([pressed.status, pressed.json.code]).toEqual([429, 'joining.busy']);
  });

  test.each<[string, object, number]>([
    ['evidence by the megabyte', { documents: [{ name: 'x', content: 'A'.repeat(400_000) }] }, 413],
    ['a document beyond its bound', { documents: [{ name: 'x', content: 'A'.repeat(65_537) }] }, 400],
    ['more evidence than is looked at', { evidence: Array.from({ length: 17 }, () => REQUEST.evidence[0]) }, 400],
    ['a digest that is none', { evidence: [{ class: 'charter', digest: '../../etc' }] }, 400],
    ['an officer', { party: { ...HARBOUR, kind: 'officer' } }, 400],
    ['a member nobody knows', { accredited: true }, 400],
    ['no contact', { contact: '' }, 400],
  ])('with %s is refused, and nothing is kept', async (_, changes, status) => {
    const { ask } = await open();
    expect((await ask('POST', '/accreditations', { ...REQUEST, ...changes })).status).toBe(status);
    expect((await ask('GET', '/accreditations', undefined, true)).json).toEqual({ requests: [] });
  });
});

describe('what officers do with it', () => {
  test('they read it with an operator’s key, and not without', async () => {
    const { ask } = await open();
    const { json } = await ask('POST', '/accreditations', REQUEST);
    const { contact, documents, evidence } = REQUEST;
    const file = await ask('GET', `/accreditations/${json.id}/file`, undefined, true);
    expect(file.json).toMatchObject({ contact, documents, request: { party: HARBOUR, evidence } });
    for (const url of ['/accreditations', `/accreditations/${json.id}/file`])
      expect((await ask('GET', url)).status).toBe(401);
    expect((await ask('POST', `/accreditations/${json.id}/decline`, { reason: 'x' })).status).toBe(401);
  });

  test('it is accredited once the log says so of every type, by no word of the governor', async () => {
    const { ask, parties } = await open();
    const { json } = await ask('POST', '/accreditations', REQUEST);
    const state = async () => (await ask('GET', `/accreditations/${json.id}`)).json.state;
    parties.set(HARBOUR.id, { ...HARBOUR, accreditations: [] });
    expect(await state()).toBe('open');
    parties.set(HARBOUR.id, HARBOUR);
    expect(await state()).toBe('accredited');
  });

  test('put aside, it says why, and what was sealed with it is gone', async () => {
    const { ask } = await open();
    const { json } = await ask('POST', '/accreditations', REQUEST);
    const declined = await ask(
      'POST',
      `/accreditations/${json.id}/decline`,
      { reason: 'the charter is unsigned' },
      true,
    );
    expect(declined.json).toMatchObject({ state: 'declined', reason: 'the charter is unsigned' });
    const file = await ask('GET', `/accreditations/${json.id}/file`, undefined, true);
    expect(file.json).not.toHaveProperty('contact');
    expect((await ask('POST', '/accreditations', REQUEST)).json).toMatchObject({ state: 'declined' });
  });

  test('nobody having decided, it is forgotten, and may be asked again', async () => {
    const { ask, clock } = await open();
    const { json } = await ask('POST', '/accreditations', REQUEST);
    await clock.advance(90 * DAY_MS + 1);
    expect((await ask('GET', `/accreditations/${json.id}`)).json.state).toBe('lapsed');
    expect((await ask('POST', '/accreditations', REQUEST)).json).toMatchObject({
      state: 'open',
      receivedAt: clock.now(),
    });
    expect((await ask('GET', `/accreditations/${'a'.repeat(43)}`)).json.code).toBe('joining.unknown');
  });
});
