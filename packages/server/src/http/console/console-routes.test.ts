import { afterEach, describe, expect, test } from 'vitest';
import { systemEntropy } from '../../adapters/system/entropy.ts';
import { assertOperator, hashOperatorKey, type OperatorKeys } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { OVERVIEW_MARK, SESSION_MARK } from './begun-page.ts';
import { type ConsoleRoutesPorts, consoleRoutes, NONCE_MARK } from './console-routes.ts';
import { createConsoleSessions } from './console-sessions.ts';
import type { SiteState } from './site-state.ts';

const ORIGIN = 'http://localhost:4600';
const ADMIN = 'admin-key-of-this-network';
const VIEWER = 'key-of-who-only-looks-on';
const NOW = 1_800_000_000_000;
const READY: SiteState = {
  state: 'ready',
  checker: '',
  wallet: '',
  clerk: '',
  index: `<html lang="en"><meta content="${SESSION_MARK}"><meta content="${OVERVIEW_MARK}"><div id="first"></div>
    <template data-first="overview">__holdfast_sentence__</template><script nonce="${NONCE_MARK}" src="/console/assets/main.js"></script>`,
  files: new Map([
    ['assets/main.js', { type: 'text/javascript', bytes: Buffer.from('plain'), brotli: Buffer.from('small') }],
  ]),
};

let app: Awaited<ReturnType<typeof createHttpServer>>;
afterEach(() => app.close());

async function open(site: SiteState = READY, more: Partial<ConsoleRoutesPorts> = {}) {
  const clock = { now: () => NOW, monotonic: () => 0 };
  const sessions = createConsoleSessions({
    ...{ adminKey: ADMIN, origin: ORIGIN, clock, entropy: systemEntropy },
    byName: (name) => ({ name, role: 'viewer' }),
  });
  const operators: OperatorKeys = {
    admin: [hashOperatorKey(ADMIN)],
    named: () => [{ name: 'looks-on', role: 'viewer', hash: hashOperatorKey(VIEWER), createdAt: NOW }],
    session: (request) => sessions.read(request)?.operator,
  };
  app = await createHttpServer(false);
  consoleRoutes(app, {
    site: () => site,
    sessions,
    operators,
    adminKey: ADMIN,
    origin: ORIGIN,
    clock,
    entropy: systemEntropy,
    ...more,
  });
  app.get('/secret', async (request) => {
    assertOperator(request, operators, 'admin');
    return { told: true };
  });
  app.get('/seen', async (request) => {
    assertOperator(request, operators, 'see');
    return { told: true };
  });
  return app;
}

function login(key: string, origin: string | undefined = ORIGIN) {
  return app.inject({
    method: 'POST',
    url: '/console-session',
    payload: { key },
    headers: origin === undefined ? {} : { origin },
  });
}

describe('logging in', () => {
  test('with the key of an operator opens what that key opens, until it is left', async () => {
    await open();
    const answer = await login(ADMIN);
    expect(answer.statusCode).toBe(201);
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    expect((await app.inject({ url: '/secret', headers: { cookie } })).statusCode).toBe(200);
    expect((await app.inject({ url: '/console-session', headers: { cookie } })).json()).toMatchObject({
      role: 'admin',
    });
    await app.inject({ method: 'DELETE', url: '/console-session', headers: { cookie, origin: ORIGIN } });
    expect((await app.inject({ url: '/secret', headers: { cookie } })).statusCode).toBe(401);
    expect((await app.inject({ url: '/console-session', headers: { cookie } })).json()).toEqual({
      role: null,
      may: [],
    });
  });

  test("with one's own key opens what its role may, and the answer says so", async () => {
    await open();
    const answer = await login(VIEWER);
    expect(answer.json()).toMatchObject({ role: 'viewer', name: 'looks-on', may: ['see'] });
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    expect((await app.inject({ url: '/seen', headers: { cookie } })).statusCode).toBe(200);
    const refused = await app.inject({ url: '/secret', headers: { cookie } });
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { code: 'operator.forbidden' }]);
  });

  test('with a wrong key, or from another place, opens nothing', async () => {
    await open();
    for (const [key, origin, status] of [
      ['another-key-of-this-network', ORIGIN, 401],
      [ADMIN, 'http://localhost:3000', 403],
    ] as const) {
      const answer = await login(key, origin);
      expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([status, undefined]);
    }
    const bare = await app.inject({ method: 'POST', url: '/console-session', payload: { key: ADMIN } });
    expect(bare.statusCode).toBe(403);
  });

  test('a wrong key that is shown is not made good by a cookie beside it', async () => {
    await open();
    const cookie = String((await login(ADMIN)).headers['set-cookie']).split(';')[0] ?? '';
    const headers = { cookie, authorization: 'Bearer another-key-of-this-network' };
    expect((await app.inject({ url: '/secret', headers })).statusCode).toBe(401);
  });

  test('is tried ten times from one address, and then has to wait', async () => {
    await open();
    const codes: number[] = [];
    for (let i = 0; i < 11; i += 1) codes.push((await login(`wrong-key-number-${i}-here`)).statusCode);
    expect(codes).toEqual([...Array(10).fill(401), 429]);
  });
});

describe('the files of the console', () => {
  test('come compressed to who takes that, and may be kept for ever', async () => {
    await open();
    const url = '/console/assets/main.js';
    const small = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    expect([small.body, small.headers['content-encoding']]).toEqual(['small', 'br']);
    expect(small.headers['cache-control']).toContain('immutable');
    const plain = await app.inject({ url, headers: { 'accept-encoding': 'br;q=0' } });
    expect([plain.body, plain.headers['content-encoding']]).toEqual(['plain', undefined]);
  });

  test('a page of ours is answered with a policy that lets nothing inline run, and a nonce of its own each time', async () => {
    await open();
    const [one, two] = await Promise.all([app.inject('/console/'), app.inject('/console/decisions/abc')]);
    const policy = String(one.headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[A-Za-z0-9_-]{22}'/);
    expect(policy).not.toContain('unsafe');
    expect(one.body).not.toContain(NONCE_MARK);
    expect(policy).toContain(/nonce="([^"]+)"/.exec(one.body)?.[1]);
    expect(one.body).not.toBe(two.body);
  });

  test('a page says to whom it was sent, and that it was sent to nobody, without being asked again', async () => {
    await open();
    const cookie = String((await login(VIEWER)).headers['set-cookie']).split(';')[0] ?? '';
    const [theirs, nobodys] = [
      await app.inject({ url: '/console/', headers: { cookie } }),
      await app.inject('/console/'),
    ];
    expect(theirs.body).toContain('&quot;role&quot;:&quot;viewer&quot;,&quot;may&quot;:[&quot;see&quot;]');
    expect(nobodys.body).toContain('{&quot;role&quot;:null,&quot;may&quot;:[]}');
    expect([theirs, nobodys].map(({ headers }) => headers['cache-control'])).toEqual(['no-store', 'no-store']);
  });

  test('a page has what was read last of the network for whoever may see it, and for nobody else', async () => {
    const read = {
      now: NOW - 1000,
      sentence: 'South has read nothing new.',
      findings: [],
      read: { parts: [], verifiers: [] },
    };
    await open(READY, { overview: () => read });
    const cookie = `${String((await login(VIEWER)).headers['set-cookie']).split(';')[0]}; holdfast-scheme=dark`;
    const [theirs, elsewhere, nobodys] = await Promise.all([
      app.inject({ url: '/console/', headers: { cookie } }),
      app.inject({ url: '/console/', headers: { cookie, 'sec-fetch-site': 'cross-site' } }),
      app.inject({ url: '/console/', headers: { cookie: 'holdfast-scheme="><script>' } }),
    ]);
    expect(theirs.body).toContain('<div id="first">South has read nothing new.</div>');
    expect(theirs.body).toContain('<html data-mantine-color-scheme="dark"');
    expect(theirs.headers['cache-control']).toBe('no-store');
    for (const { body } of [elsewhere, nobodys]) expect(body).not.toMatch(/South|<script>/);
  });

  test('an asset that is gone is not found: no page is sent as a script', async () => {
    await open();
    expect((await app.inject('/console/assets/old.js')).statusCode).toBe(404);
  });

  test('while there are none, what happens is said in words, and what is wrong where there will be none', async () => {
    await open({ state: 'building', since: NOW - 3000, words: 'It is built from its sources.' });
    const building = await app.inject('/console/decisions');
    expect([building.statusCode, building.headers['retry-after']]).toEqual([503, '3']);
    expect(building.body).toMatch(/The console is being made[\s\S]*It began 3 seconds ago/);
    await app.close();
    await open({ state: 'failed', words: 'It could not be built: <no room>' });
    const failed = await app.inject('/console/');
    expect(failed.body).toContain('It could not be built: &lt;no room&gt;');
    expect(failed.body).not.toContain('http-equiv="refresh"');
  });
});
