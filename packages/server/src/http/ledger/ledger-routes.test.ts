import { MAX_AMOUNT, parseAcceptance } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOf, newAccount, pending, post, posted } from '../../../../core/test/ledger-world.ts';
import { startTestLedger, type TestLedgerRole } from '../../../test/ledger-world.ts';
import { openapiRoute } from '../openapi.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { ledgerRoutes } from './ledger-routes.ts';

const KEY = 'a-key-of-at-least-16-characters';
let app: FastifyInstance;
let ledger: TestLedgerRole;

beforeAll(async () => {
  ledger = await startTestLedger();
  const { role } = ledger;
  await role.createAccounts([newAccount('deep'), newAccount('wide')]);
  const expiresAt = ledger.clock.now() + 1000;
  await role.transfer([
    { ...posted('huge', 'deep', 'wide', 1), amount: MAX_AMOUNT },
    pending('r1', 'budget', 'person', 10, expiresAt),
    pending('r2', 'budget', 'person', 20),
    pending('r3', 'budget', 'person', 30),
    post('p1', 'r3', 25),
    posted('no', 'person', 'budget', 1000),
  ]);
  app = await createHttpServer(false);
  await openapiRoute(app);
  ledgerRoutes(app, { ledger: role, party: 'city', operators: { admin: [hashOperatorKey(KEY)] } });
});
afterAll(async () => {
  await app.close();
  await ledger[Symbol.asyncDispose]();
});

async function get(url: string, key: string | undefined = KEY) {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await app.inject({ url, headers });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}

describe('the ledger over HTTP', () => {
  it.each(['/ledger/accounts', '/ledger/accounts/world', '/ledger/transfers/r1', '/ledger/audit', '/ledger/transfers'])(
    'shows %s to nobody without an operator key',
    async (url) => {
      for (const key of ['another-key-of-16-characters', '']) {
        expect(await get(url, key)).toMatchObject({ status: 401, body: { code: 'operator.unauthorized' } });
      }
    },
  );

  it.each(['/ledger/accounts', '/ledger/transfers', '/ledger/transfers/r1'])(
    'takes no orders at %s, whatever key comes with them',
    async (url) => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
        const headers = { authorization: `Bearer ${KEY}`, 'idempotency-key': 'k', 'content-type': 'application/json' };
        const response = await app.inject({ method, url, headers, payload: '{}' });
        expect(response.statusCode).toBe(404);
      }
    },
  );

  it('shows the keys of its acceptances to everybody', async () => {
    const { body, statusCode } = await app.inject({ url: '/ledger/keys' }).then((answer) => ({
      statusCode: answer.statusCode,
      body: answer.json(),
    }));
    expect(statusCode).toBe(200);
    const [key] = body.keys;
    const { acceptance } = await ledger.role.transfer([]);
    expect(key).toMatchObject({ kid: parseAcceptance(acceptance).kid, alg: 'ES256', use: 'sig' });
    expect(key).not.toHaveProperty('d');
  });

  it('writes amounts in digits, all of them', async () => {
    expect(await get('/ledger/accounts/wide')).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        id: 'wide',
        asset: { code: 'EUR', decimals: 2 },
        rule: 'none',
        creditsPosted: '340282366920938463463374607431768211455',
        debitsPending: '0',
      },
    });
  });

  it('shows a transfer as it was asked for and what became of it', async () => {
    expect((await get('/ledger/transfers/r1')).body).toEqual({
      id: 'r1',
      kind: 'pending',
      debit: 'budget',
      credit: 'person',
      amount: '10',
      expiresAt: ledger.clock.now() + 1000,
      at: ledger.clock.now(),
      state: 'pending',
    });
    expect((await get('/ledger/transfers/r3')).body).toMatchObject({
      amount: '30',
      posted: '25',
      state: 'posted',
      ended: { by: 'p1' },
    });
    expect((await get('/ledger/transfers/p1')).body).toMatchObject({ kind: 'post', pending: 'r3', posted: '25' });
    expect((await get('/ledger/transfers/no')).body).toMatchObject({ state: 'refused', why: 'exceeds-credits' });
  });

  it('lists what is reserved, and accounts, in pages', async () => {
    const first = await get('/ledger/transfers?account=person&state=pending&limit=1');
    expect(first.body.transfers).toMatchObject([{ id: 'r1' }]);
    const second = await get(`/ledger/transfers?account=person&state=pending&limit=5&after=${first.body.next}`);
    expect(second.body).toMatchObject({ transfers: [{ id: 'r2' }] });
    expect(second.body.next).toBeUndefined();
    const accounts = await get('/ledger/accounts?limit=3');
    expect(accounts.body.accounts.map(({ id }: { id: string }) => id)).toEqual(['budget', 'deep', 'person']);
    expect((await get(`/ledger/accounts?after=${accounts.body.next}`)).body.accounts).toHaveLength(2);
  });

  it('describes itself', async () => {
    const { paths } = (await get('/openapi.json')).body;
    expect(Object.keys(paths)).toEqual([
      '/ledger/keys',
      '/ledger/accounts',
      '/ledger/accounts/{id}',
      '/ledger/transfers',
      '/ledger/transfers/{id}',
      '/ledger/audit',
    ]);
    expect(Object.values(paths).flatMap((path) => Object.keys(path as object))).toEqual(Array(6).fill('get'));
  });

  it('audits itself', async () => {
    expect((await get('/ledger/audit')).body).toMatchObject({
      holds: true,
      assets: [{ asset: 'EUR', decimals: 2, accounts: 5, debitsPending: '30', creditsPending: '30', holds: true }],
    });
  });

  it.each([
    ['/ledger/accounts/nobody', 404, 'ledger.unknown-account'],
    ['/ledger/transfers/nothing', 404, 'ledger.unknown-transfer'],
    ['/ledger/accounts/a%20b', 400, 'ledger.malformed'],
    ['/ledger/transfers/%00', 400, 'ledger.malformed'],
    ['/ledger/accounts?limit=0', 400, 'request.malformed'],
    ['/ledger/accounts?limit=501', 400, 'request.malformed'],
    ['/ledger/accounts?order=balance', 400, 'request.malformed'],
    ['/ledger/accounts?after=%C3%A4', 400, 'ledger.malformed'],
    ['/ledger/transfers', 400, 'request.malformed'],
    ['/ledger/transfers?account=person&state=posted', 400, 'request.malformed'],
    ['/ledger/transfers?account=person&state=pending&after=r1', 400, 'ledger.malformed'],
  ])('answers %s with %i %s', async (url, status, code) => {
    expect(await get(url)).toMatchObject({ status, body: { code, status } });
  });

  it('shows a fault of the store as one to try again', async () => {
    const failing = await createHttpServer(false);
    const audit = ledger.role.audit;
    const role = {
      ...ledger.role,
      audit: async () => {
        await audit();
        const { unreachable } = await import('../../../test/ledger-world.ts');
        throw unreachable();
      },
    };
    ledgerRoutes(failing, { ledger: role, party: 'city', operators: { admin: [hashOperatorKey(KEY)] } });
    const response = await failing.inject({ url: '/ledger/audit', headers: { authorization: `Bearer ${KEY}` } });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'database.unreachable', retry: 'later' });
    expect(await ledger.role.readAccounts([accountOf('world')])).toHaveLength(1);
    await failing.close();
  });
});
