import { encodeJws, erasureSigningInput } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createCountingEntropy,
  createVerifierWorld,
  VERIFIER_ORIGIN,
  type VerifierWorld,
} from '../../../test/verifier-world.ts';
import { createHttpErasable } from '../../adapters/http-verifier/http-erasable.ts';
import { createErasureStoreMemory } from '../../adapters/memory/erasure-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createLogger } from '../../adapters/system/logger.ts';
import { NOBODY } from '../../ports/erasable.contract.ts';
import type { Erasable } from '../../ports/erasable.ts';
import { createEntitlement } from '../../roles/eraser/entitled.ts';
import { createEraser } from '../../roles/eraser/eraser.ts';
import { createVerifierRole } from '../../roles/verifier/verifier-role.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { erasingRoutes } from '../verifier/erasing-routes.ts';
import { eraserRoutes } from './eraser-routes.ts';

const KEY = 'an-operator-key-of-this-test';
const part: Erasable = {
  part: 'verifier south',
  trace: async ({ places }) => ({ verdicts: places.map(({ index }) => `v${index}`), credentials: [] }),
  erase: async ({ labels }) => ({ part: 'verifier south', erased: { presented: labels.length }, stays: [] }),
};

let world: VerifierWorld;
let app: FastifyInstance;

beforeAll(async () => {
  world = await createVerifierWorld();
  const { clock, engine } = world;
  const north = createVerifierRole(await world.role('north'));
  const sealer = createMemorySealer();
  app = await createHttpServer(createLogger('silent'));
  eraserRoutes(app, {
    eraser: createEraser({ clock, sealer, store: createErasureStoreMemory(), parts: [part] }),
    entitlement: createEntitlement({
      ...{ clock, entropy: createCountingEntropy(), sealer, engine, audience: VERIFIER_ORIGIN },
      state: () => world.follower.state,
      verify: async (asked) => (await north.verify(asked)).verdict,
    }),
  });
  erasingRoutes(app, { verifiers: new Map([['south', part]]), operators: { admin: [hashOperatorKey(KEY)] } });
});

afterAll(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
});

function signed(officer: string): { signed: string } {
  const key = world.feed.log.signatures.key(officer);
  const request = { network: world.follower.state.name, tenant: 'civic', label: 'ada', at: world.clock.now() };
  const input = erasureSigningInput(request, key.jwk);
  return { signed: encodeJws(input, key.sign(input)) };
}

const post = (url: string, payload: object, headers = {}) => app.inject({ method: 'POST', url, payload, headers });

describe('the doors of the eraser', () => {
  it('take an officer’s signature and no operator’s key, and give a receipt that can be read again', async () => {
    const authorization = `Bearer ${KEY}`;
    expect((await post('/erasures', { signed: 'a.b.c' }, { authorization })).statusCode).toBe(400);
    const refused = await post('/erasures', signed('stranger'), { authorization });
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'erasure.refused']);
    const answer = await post('/erasures', signed('officer-a'));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ by: 'officer-a', state: 'done', parts: [{ erased: { presented: 1 } }] });
    const again = await app.inject({ method: 'GET', url: String(answer.headers.location) });
    expect(again.json()).toEqual(answer.json());
    expect(again.headers['cache-control']).toBe('no-store');
  });

  it('say no to what is no request, and to ids that were never given out', async () => {
    for (const body of [{}, { label: 'ada' }, { presentation: 'a.b.c~' }, { signed: 'x'.repeat(3000) }]) {
      expect((await post('/erasures', body)).statusCode).toBe(400);
    }
    expect((await app.inject({ method: 'GET', url: `/erasures/${'x'.repeat(43)}` })).statusCode).toBe(404);
    const asked = await app.inject({ method: 'GET', url: '/erasures/nonce' });
    expect(asked.json()).toMatchObject({ audience: VERIFIER_ORIGIN, nonce: expect.stringMatching(/^[\w.-]{80,100}$/) });
  });
});

describe('a verifier in another process', () => {
  it('is asked to forget by operators only', async () => {
    const traces = { ...NOBODY, places: [{ list: 'l', index: 7 }] };
    expect((await post('/v/south/erasing', traces)).statusCode).toBe(401);
    expect((await post('/v/south/erasing/traces', traces)).statusCode).toBe(401);
    const authorization = `Bearer ${KEY}`;
    const traced = await post('/v/south/erasing/traces', traces, { authorization });
    expect(traced.json()).toEqual({ verdicts: ['v7'], credentials: [] });
    const erased = await post('/v/south/erasing', traces, { authorization });
    expect(erased.json()).toEqual({ part: 'verifier south', erased: { presented: 0 }, stays: [] });
    expect((await post('/v/nobody/erasing', traces, { authorization })).statusCode).toBe(404);
    expect((await post('/v/south/erasing', { places: [] }, { authorization })).statusCode).toBe(400);
  });

  it('is asked over HTTP, and whatever else answers there is not believed', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const address = app.server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const asked = { ...NOBODY, labels: [{ tenant: 'civic', label: 'ada' }] };
    const south = createHttpErasable({ url, verifier: 'south', operatorKey: KEY });
    expect(south.part).toBe('verifier south');
    expect(await south.trace(asked)).toEqual({ verdicts: [], credentials: [] });
    expect(await south.erase(asked)).toEqual({ part: 'verifier south', erased: { presented: 1 }, stays: [] });
    const wrong = createHttpErasable({ url, verifier: 'south', operatorKey: 'another-key-than-it-has' });
    await expect(wrong.erase(asked)).rejects.toMatchObject({ code: 'verifier.answer' });
    const odd = async () => new Response('{"part":7}', { status: 200 });
    const lying = createHttpErasable({ url, verifier: 'south', operatorKey: KEY, fetch: odd });
    await expect(lying.erase(asked)).rejects.toMatchObject({ code: 'verifier.answer' });
    const away = createHttpErasable({ url: 'http://127.0.0.1:1', verifier: 'south', operatorKey: KEY });
    await expect(away.trace(asked)).rejects.toMatchObject({ code: 'verifier.unreachable' });
  });
});
