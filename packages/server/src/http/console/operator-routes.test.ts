import { afterEach, expect, test } from 'vitest';
import { systemEntropy } from '../../adapters/system/entropy.ts';
import { ADMIN, assertOperator, hashOperatorKey, type NamedKey, type OperatorKeys } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { createConsoleSessions } from './console-sessions.ts';
import { operatorKeyRoutes } from './operator-routes.ts';

const KEY = 'admin-key-of-this-network';
const ORIGIN = 'http://localhost:4600';
const clock = { now: () => 1_800_000_000_000 };
let app: Awaited<ReturnType<typeof createHttpServer>>;
afterEach(() => app.close());

async function open() {
  let kept: readonly NamedKey[] = [];
  const sessions = createConsoleSessions({ adminKey: KEY, origin: ORIGIN, clock, entropy: systemEntropy });
  const operators: OperatorKeys = {
    admin: [hashOperatorKey(KEY)],
    named: () => kept,
    session: (request) => sessions.read(request)?.operator,
  };
  const keys = {
    list: () => kept,
    add: async (key: NamedKey) => {
      kept = [...kept, key];
    },
    revoke: async (name: string) => {
      const before = kept.length;
      kept = kept.filter((key) => key.name !== name);
      return kept.length < before;
    },
  };
  app = await createHttpServer(false);
  operatorKeyRoutes(app, { keys, sessions, operators, clock });
  app.post('/work', async (request) => {
    assertOperator(request, operators, 'work');
    return {};
  });
  return { sessions, kept: () => kept };
}

const as = (key: string) => ({ authorization: `Bearer ${key}` });

test('a key is shown once and kept hashed, opens what its role may, and nothing once it is revoked', async () => {
  const { kept } = await open();
  const payload = { name: 'ops', role: 'operator' };
  const made = await app.inject({ method: 'POST', url: '/operator-keys', headers: as(KEY), payload });
  const { key } = made.json<{ key: string }>();
  expect(JSON.stringify(kept())).not.toContain(key);
  const listed = await app.inject({ url: '/operator-keys', headers: as(KEY) });
  expect([listed.body.includes(key), listed.body.includes('hash')]).toEqual([false, false]);
  const work = async () => (await app.inject({ method: 'POST', url: '/work', headers: as(key) })).statusCode;
  expect(await work()).toBe(200);
  for (const [method, url] of [
    ['GET', '/operator-keys'],
    ['POST', '/operator-keys'],
    ['DELETE', '/operator-keys/ops'],
    ['GET', '/console-sessions'],
  ] as const) {
    expect((await app.inject({ method, url, headers: as(key) })).statusCode).toBe(403);
  }
  expect((await app.inject({ method: 'DELETE', url: '/operator-keys/ops', headers: as(KEY) })).statusCode).toBe(200);
  expect(await work()).toBe(401);
  expect((await app.inject({ method: 'DELETE', url: '/operator-keys/ops', headers: as(KEY) })).statusCode).toBe(404);
});

test('an admin sees who is logged in, and ends the session of one', async () => {
  const { sessions } = await open();
  const own = sessions.begin(ADMIN, 'admin');
  const other = sessions.begin({ name: 'Ada', role: 'viewer' }, 'oidc');
  const headers = { cookie: own.cookie.split(';')[0] ?? '', origin: ORIGIN };
  const list = async () =>
    (await app.inject({ url: '/console-sessions', headers }))
      .json<{ sessions: { name: string; isOwn: boolean }[] }>()
      .sessions.map(({ name, isOwn }) => [name, isOwn]);
  expect(await list()).toEqual([
    ['admin', true],
    ['Ada', false],
  ]);
  const url = `/console-sessions/${other.session.id}`;
  // A page elsewhere ends nobody's.
  expect((await app.inject({ method: 'DELETE', url, headers: { cookie: headers.cookie } })).statusCode).toBe(401);
  expect((await app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(200);
  expect(await list()).toEqual([['admin', true]]);
});
