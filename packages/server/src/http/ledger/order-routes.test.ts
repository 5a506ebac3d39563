import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCashierWorld, holder, signOrder } from '../../../test/cashier-world.ts';
import { openapiRoute } from '../openapi.ts';
import { createHttpServer } from '../server.ts';
import { orderRoutes } from './order-routes.ts';

let app: FastifyInstance;
let world: Awaited<ReturnType<typeof createCashierWorld>>;

beforeAll(async () => {
  world = await createCashierWorld();
  app = await createHttpServer(false);
  await openapiRoute(app);
  orderRoutes(app, world.cashier);
});
afterAll(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
});

async function post(url: string, payload: unknown) {
  const headers = { 'content-type': 'application/json' };
  const response = await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(payload) });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}

describe('orders over HTTP', () => {
  it('are carried out once and answered the same again, without a log-in', async () => {
    const order = signOrder(world.ada.key, world.order());
    const first = await post('/ledger/orders', { order });
    expect(first).toMatchObject({ status: 201, body: { answer: 'created' }, headers: { 'cache-control': 'no-store' } });
    const again = await post('/ledger/orders', { order });
    expect(again).toMatchObject({ status: 200, body: { answer: 'exists', transfer: first.body.transfer } });
    const tooMuch = await post('/ledger/orders', { order: signOrder(world.ada.key, world.order({ amount: '5000' })) });
    expect(tooMuch).toMatchObject({ status: 200, body: { answer: 'refused-exceeds-credits' } });
  });

  it('tell a holder what is on their account', async () => {
    const expiresAt = world.clock.now() + 60_000;
    const order = signOrder(world.ada.key, { v: 1, kind: 'balance', ledger: 'city', asset: 'EUR', expiresAt });
    expect(await post('/ledger/balances', { order })).toMatchObject({
      status: 200,
      body: { id: world.ada.account, creditsPosted: '50', asset: { decimals: 2 } },
    });
  });

  it.each([
    ['/ledger/orders', {}, 400, 'request.malformed'],
    ['/ledger/orders', { order: 5 }, 400, 'request.malformed'],
    ['/ledger/orders', { order: 'a'.repeat(2049) }, 400, 'request.malformed'],
    ['/ledger/orders', { order: 'x' }, 400, 'jws.malformed'],
    ['/ledger/balances', { order: 'x' }, 400, 'jws.malformed'],
  ])('answer %s with %j by %i %s', async (url, body, status, code) => {
    expect(await post(url, body)).toMatchObject({ status, body: { code, status } });
  });

  it('say who has to do what', async () => {
    const thief = holder('thief').key;
    expect(await post('/ledger/orders', { order: signOrder(thief, world.order(), world.ada.key) })).toMatchObject({
      status: 403,
      body: { code: 'order.signature', retry: 'never' },
    });
    expect(await post('/ledger/orders', { order: signOrder(thief, world.order()) })).toMatchObject({
      status: 404,
      body: { code: 'order.no-account', fix: 'holder' },
    });
  });

  it('describe themselves', async () => {
    const { paths } = (await app.inject({ url: '/openapi.json' })).json();
    expect(Object.keys(paths)).toEqual([
      '/ledger/orders',
      '/ledger/account-keys',
      '/ledger/account-keys/changes',
      '/ledger/balances',
    ]);
  });
});
