import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPlatformClock } from '@holdfast/verifier';
import Provider from 'oidc-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAddressRates } from '../../http/address-rates.ts';
import { createConsoleSessions } from '../../http/console/console-sessions.ts';
import { OIDC_BEGIN_PATH, OIDC_RETURN_PATH, oidcRoutes } from '../../http/console/oidc-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import { systemEntropy } from '../system/entropy.ts';
import { createOidcLogin } from './oidc-login.ts';
import { type OidcSettings, oidcSettingsSchema } from './oidc-settings.ts';

const ORIGIN = 'http://localhost:4600';
const clock = createPlatformClock();
let server: Server;
let issuer: string;
let app: Awaited<ReturnType<typeof createHttpServer>>;

/** npm's `oidc-provider`, in this process: an implementation that is not ours, over real HTTP. */
beforeAll(async () => {
  // What it says of itself in development is nothing about us.
  for (const method of ['warn', 'info'] as const) vi.spyOn(console, method).mockImplementation(() => {});
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'console',
        redirect_uris: [`${ORIGIN}${OIDC_RETURN_PATH}`],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    ],
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, name: `${id} of this house`, groups: ['staff', `${id}-group`] }),
    }),
    claims: { openid: ['sub'], profile: ['name', 'groups'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of this test'] },
  });
  server.on('request', provider.callback());
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => app?.close());

async function open(change: Partial<OidcSettings> = {}) {
  const settings = oidcSettingsSchema.parse({
    ...{ issuer, clientId: 'console', claim: 'groups' },
    roles: [
      { value: 'ada-group', role: 'admin' },
      { value: 'bo-group', role: 'viewer', party: 'north' },
    ],
    ...change,
  });
  const sessions = createConsoleSessions({ adminKey: 'an-admin-key', origin: ORIGIN, clock, entropy: systemEntropy });
  app = await createHttpServer(false);
  const oidc = createOidcLogin(settings, `${ORIGIN}${OIDC_RETURN_PATH}`);
  const rates = createAddressRates(clock, { perSecond: 1, burst: 5 });
  oidcRoutes(app, { oidc, sessions, adminKey: 'an-admin-key', origin: ORIGIN, clock, rates });
  return sessions;
}

type Answer = { readonly status: number; readonly to: string; readonly cookies: readonly string[] };

async function ours(url: string, cookie = ''): Promise<Answer> {
  const { statusCode, headers } = await app.inject({ url, headers: { cookie } });
  return { status: statusCode, to: String(headers.location), cookies: [headers['set-cookie'] ?? []].flat() };
}

/** A person at the provider: follows it through its forms until it sends them back to us. */
async function logInAs(login: string, begin: string): Promise<string> {
  const jar = new Map<string, string>();
  let [at, form] = [begin, undefined as URLSearchParams | undefined];
  for (let step = 0; step < 12 && !at.startsWith(ORIGIN); step += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const init = form === undefined ? {} : { method: 'POST', body: form };
    const response = await fetch(at, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
      jar.set(name, value);
    }
    const to = response.headers.get('location');
    const page = await response.text();
    form =
      to === null
        ? new URLSearchParams({ prompt: page.includes('value="login"') ? 'login' : 'consent', login })
        : undefined;
    at = new URL(to ?? /action="([^"]+)"/.exec(page)?.[1] ?? 'about:blank', at).href;
  }
  return at.slice(ORIGIN.length);
}

async function begin() {
  const { to, cookies } = await ours(OIDC_BEGIN_PATH);
  return { to, cookie: cookies[0]?.split(';')[0] ?? '', set: cookies[0] ?? '' };
}

describe('logging in at an OpenID provider', () => {
  test('goes by the code flow with PKCE, state and nonce, and gives the role that a claim has here', async () => {
    const sessions = await open();
    const { to, cookie, set } = await begin();
    const asked = new URL(to).searchParams;
    expect([asked.get('response_type'), asked.get('code_challenge_method')]).toEqual(['code', 'S256']);
    expect([asked.get('state')?.length, asked.get('nonce')?.length]).toEqual([43, 43]);
    expect(set).toContain('HttpOnly; SameSite=Lax; Max-Age=600');
    const back = await ours(await logInAs('bo', to), cookie);
    expect([back.status, back.to]).toEqual([303, '/console/']);
    const session = back.cookies.find((line) => line.startsWith('holdfast-console-4600='));
    expect(session).toContain('HttpOnly; SameSite=Strict');
    const found = sessions.read({ headers: { cookie: session?.split(';')[0] ?? '' }, method: 'GET' });
    expect(found).toMatchObject({ by: 'oidc', operator: { name: 'bo of this house', role: 'viewer', party: 'north' } });
  });

  test('makes nobody of whom the provider knows and nobody here has named', async () => {
    const sessions = await open();
    const { to, cookie } = await begin();
    const back = await ours(await logInAs('eve', to), cookie);
    expect([back.to, back.cookies, sessions.list()]).toEqual(['/console/?login=console.no-role', [], []]);
  });

  test('gives nothing to another browser, to another state, or to an answer that comes twice', async () => {
    const sessions = await open();
    const { to, cookie } = await begin();
    const other = await begin();
    const url = await logInAs('ada', to);
    const refused = '/console/?login=console.oidc';
    expect((await ours(url)).to).toBe(refused);
    expect((await ours(url, other.cookie)).to).toBe(refused);
    expect((await ours(url, `${cookie.slice(0, -4)}AAAA`)).to).toBe(refused);
    expect((await ours(url, cookie)).to).toBe('/console/');
    expect((await ours(url, cookie)).to).toBe(refused);
    expect(sessions.list()).toHaveLength(1);
  });

  test('is refused in words while the provider is away', async () => {
    await open({ issuer: 'http://127.0.0.1:9' });
    expect((await begin()).to).toBe('/console/?login=console.oidc');
  });

  test('is tried five times from one address, and then has to wait', async () => {
    await open();
    for (let i = 0; i < 5; i += 1) expect((await begin()).to).toContain(issuer);
    expect((await begin()).to).toBe('/console/?login=console.too-many');
  });

  test('trusts no provider that answers over plain http elsewhere', () => {
    const told = { clientId: 'c', claim: 'groups', roles: [{ value: 'a', role: 'admin' }] };
    const isTaken = (at: string) => oidcSettingsSchema.safeParse({ ...told, issuer: at }).success;
    expect(['https://login.example', 'http://localhost:9', 'http://127.0.0.1:9'].map(isTaken)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['http://login.example', 'http://localhost.example', 'ftp://localhost'].map(isTaken)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
