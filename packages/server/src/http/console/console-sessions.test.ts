import { describe, expect, test } from 'vitest';
import { systemEntropy } from '../../adapters/system/entropy.ts';
import { ADMIN, type Operator } from '../operators.ts';
import { createConsoleSessions } from './console-sessions.ts';

const ORIGIN = 'http://localhost:4600';
const HOUR_MS = 3_600_000;

function open(origin = ORIGIN, adminKey = 'admin-key-of-this-network') {
  let now = 1_800_000_000_000;
  const clock = { now: () => now };
  return {
    sessions: createConsoleSessions({ adminKey, origin, clock, entropy: systemEntropy }),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

function cookieOf(set: string): string {
  return set.split(';')[0] ?? '';
}

describe('a session of the console', () => {
  test('is a cookie that no script reads and no other site sends, over https alone where there is https', () => {
    const { cookie } = open().sessions.begin(ADMIN, 'admin');
    expect(cookie).toMatch(/^holdfast-console-4600=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    expect(open('https://console.example').sessions.begin(ADMIN, 'admin').cookie).toMatch(
      /^__Host-holdfast-console=.*; Secure$/,
    );
  });

  test('counts until its eight hours are over, and in another process with the same admin key', () => {
    const { sessions, pass } = open();
    const headers = { cookie: `other=1; ${cookieOf(sessions.begin(ADMIN, 'admin').cookie)}` };
    expect(sessions.read({ headers, method: 'GET' })).toBeDefined();
    expect(open().sessions.read({ headers, method: 'GET' })).toBeDefined();
    pass(8 * HOUR_MS);
    expect(sessions.read({ headers, method: 'GET' })).toBeUndefined();
  });

  test('is worth nothing with another admin key, another origin, or a letter changed', () => {
    const value = cookieOf(open().sessions.begin(ADMIN, 'admin').cookie);
    const read = (sessions: ReturnType<typeof open>['sessions'], cookie: string) =>
      sessions.read({ headers: { cookie }, method: 'GET' });
    expect(read(open(ORIGIN, 'admin-key-of-another').sessions, value)).toBeUndefined();
    const renamed = value.replace('holdfast-console-4600', 'holdfast-console-4700');
    expect(read(open('http://localhost:4700').sessions, renamed)).toBeUndefined();
    const [text = '', mac = ''] = value.split('=')[1]?.split('.') ?? [];
    const mightier = Buffer.from(text, 'base64url').toString('utf8').replace('"role":"admin"', '"role":"owner"');
    const forged = Buffer.from(mightier).toString('base64url');
    expect(read(open().sessions, `holdfast-console-4600=${text}.${mac}`)).toBeDefined();
    expect(read(open().sessions, `holdfast-console-4600=${forged}.${mac}`)).toBeUndefined();
  });

  test('changes nothing for a page that is not exactly ours: another port is the same site', () => {
    const { sessions } = open();
    const cookie = cookieOf(sessions.begin(ADMIN, 'admin').cookie);
    const post = (headers: object) => sessions.read({ headers: { cookie, ...headers }, method: 'POST' });
    expect(post({ origin: ORIGIN, 'sec-fetch-site': 'same-origin' })).toBeDefined();
    expect(post({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' })).toBeUndefined();
    expect(post({ origin: 'null' })).toBeUndefined();
    expect(post({})).toBeUndefined();
    expect(sessions.read({ headers: { cookie, 'sec-fetch-site': 'cross-site' }, method: 'GET' })).toBeUndefined();
  });

  test('that was ended counts no more, though somebody has copied it', async () => {
    const { sessions } = open();
    const headers = { cookie: cookieOf(sessions.begin(ADMIN, 'admin').cookie), origin: ORIGIN };
    expect(await sessions.end({ headers, method: 'DELETE' })).toContain('Max-Age=0');
    expect(sessions.read({ headers, method: 'GET' })).toBeUndefined();
  });

  test('opens what its key opens now, and nothing once that is revoked', () => {
    let named: Operator | undefined = { name: 'ops', role: 'operator' };
    const clock = { now: () => 1_800_000_000_000 };
    const sessions = createConsoleSessions({
      ...{ adminKey: 'admin-key-of-this-network', origin: ORIGIN, clock, entropy: systemEntropy },
      byName: () => named,
    });
    const headers = { cookie: cookieOf(sessions.begin(named, 'key').cookie) };
    const role = () => sessions.read({ headers, method: 'GET' })?.operator.role;
    expect(role()).toBe('operator');
    named = { name: 'ops', role: 'viewer' };
    expect(role()).toBe('viewer');
    named = undefined;
    expect([role(), sessions.list()]).toEqual([undefined, []]);
  });

  test('is told from another, and ended by somebody else, for itself alone', async () => {
    const { sessions } = open();
    const two = ['Ada', 'Bo'].map((name) => sessions.begin({ name, role: 'viewer' }, 'oidc'));
    expect(sessions.list().map(({ operator }) => operator.name)).toEqual(['Ada', 'Bo']);
    expect(await sessions.endById(two[0]?.session.id ?? '')).toBe(true);
    expect(await sessions.endById(two[0]?.session.id ?? '')).toBe(false);
    const names = two.map(
      ({ cookie }) => sessions.read({ headers: { cookie: cookieOf(cookie) }, method: 'GET' })?.operator.name,
    );
    expect(names).toEqual([undefined, 'Bo']);
  });
});
