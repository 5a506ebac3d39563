import { parseUtf8 } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWallet, createWalletStoreMemory, type Fetch, type HeldCredential } from '../../../wallet/src/index.ts';
import { hashOperatorKey } from '../../src/http/operators.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { verifierRoutes } from '../../src/http/verifier/verifier-routes.ts';
import { createVerifierRole } from '../../src/roles/verifier/verifier-role.ts';
import { createVerifierWorld, VERIFIER_ORIGIN, type VerifierWorld } from '../verifier-world.ts';

const KEY = 'operator-key-of-this-test';
const QUERY = {
  credentials: [
    { id: 'residence', format: 'dc+sd-jwt', meta: { vct_values: ['residence'] }, claims: [{ path: ['given_name'] }] },
  ],
};

let world: VerifierWorld;
let app: FastifyInstance;
beforeEach(async () => {
  world = await createVerifierWorld();
  app = await createHttpServer(false);
  const north = createVerifierRole(await world.role('north'));
  const operators = { admin: [hashOperatorKey(KEY)] };
  await app.register(async (scope) => verifierRoutes(scope, { verifiers: [north], operators }));
});
afterEach(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
});

/** The verifier's address, as a proxy in front of it answers. */
const fetchVerifier: Fetch = async (input, init) => {
  const url = String(input).replace(VERIFIER_ORIGIN, '');
  const payload = typeof init?.body === 'string' ? init.body : undefined;
  const method = init?.method === 'POST' ? 'POST' : 'GET';
  const headers = Object.fromEntries(new Headers(init?.headers));
  const { statusCode, body } = await app.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return new Response(body, { status: statusCode });
};

async function createHolder() {
  const store = createWalletStoreMemory();
  const now = () => world.clock.now();
  const held = { credential: world.credential(), keyId: 'held', issuer: 'https://civic.example', vct: 'residence' };
  await store.append([{ ...held, id: 'c', batch: 'b', uses: 0, receivedAt: now() } satisfies HeldCredential]);
  const { holder } = world;
  const keys = {
    create: async () => ({ id: 'held', publicKey: holder.jwk }),
    sign: async (_id: string, bytes: Uint8Array) => holder.sign(parseUtf8(bytes)),
    remove: async () => undefined,
  };
  return createWallet({ keys, store, now, fetch: fetchVerifier });
}

async function ask() {
  const made = await app.inject({ method: 'POST', url: '/presentations', payload: { query: QUERY } });
  const { id, walletLink } = made.json<{ id: string; walletLink: string }>();
  const outcome = async () => (await app.inject({ method: 'GET', url: `/presentations/${id}` })).json();
  return { walletLink, outcome };
}

it('our wallet answers our verifier, which finds it valid', async () => {
  const { walletLink, outcome } = await ask();
  const { shown } = await (await createHolder()).present(walletLink);
  expect(shown).toMatchObject([{ claims: ['given_name'] }]);
  expect(await outcome()).toMatchObject({ state: 'done', verdict: { outcome: 'valid' } });
});

it('by POST, where the wallet has a nonce of its own in the request', async () => {
  const { walletLink, outcome } = await ask();
  await (await createHolder()).present(`${walletLink}&request_uri_method=post`);
  expect(await outcome()).toMatchObject({ state: 'done', verdict: { outcome: 'valid' } });
});

it('a refusal reaches the one who asked', async () => {
  const { walletLink, outcome } = await ask();
  const wallet = await createHolder();
  await expect(wallet.present(walletLink, { choose: () => undefined })).rejects.toMatchObject({
    code: 'wallet.not-answered',
  });
  expect(await outcome()).toMatchObject({ state: 'failed' });
});

it('a second answer to one request changes nothing', async () => {
  const { walletLink, outcome } = await ask();
  const wallet = await createHolder();
  await wallet.present(walletLink);
  const before = await outcome();
  await expect(wallet.present(walletLink)).rejects.toThrow();
  expect(await outcome()).toEqual(before);
});
