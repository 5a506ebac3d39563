import { describe, expect, test } from 'vitest';
import { systemEntropy } from '../../adapters/system/entropy.ts';
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
    const { cookie } = open().sessions.begin();
    expect(cookie).toMatch(/^holdfast-console-4600=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    expect(open('https://console.example').sessions.begin().cookie).toMatch(/^__Host-holdfast-console=.*; Secure$/);
  });

  test('counts until its eight hours are over, and in another process with the same admin key', () => {
    const { sessions, pass } = open();
    const headers = { cookie: `other=1; ${cookieOf(sessions.begin().cookie)}` };
    expect(sessions.read({ headers, method: 'GET' })).toBeDefined();
    expect(open().sessions.read({ headers, method: 'GET' })).toBeDefined();
    pass(8 * HOUR_MS);
    expect(sessions.read({ headers, method: 'GET' })).toBeUndefined();
  });

  test('is worth nothing with another admin key, another origin, or a letter changed', () => {
    const value = cookieOf(open().sessions.begin().cookie);
    const read = (sessions: ReturnType<typeof open>['sessions'], cookie: string) =>
      sessions.read({ headers: { cookie }, method: 'GET' });
    expect(read(open(ORIGIN, 'admin-key-of-another').sessions, value)).toBeUndefined();
    const renamed = value.replace('holdfast-console-4600', 'holdfast-console-4700');
    expect(read(open('http://localhost:4700').sessions, renamed)).toBeUndefined();
    const [until = '', rest = ''] = value.split('=')[1]?.split(/\.(.*)/s) ?? [];
    expect(read(open().sessions, `holdfast-console-4600=${Number(until) + 1}.${rest}`)).toBeUndefined();
  });

  test('changes nothing for a page that is not exactly ours: another port is the same site', () => {
    const { sessions } = open();
    const cookie = cookieOf(sessions.begin().cookie);
    const post = (headers: object) => sessions.read({ headers: { cookie, ...headers }, method: 'POST' });
    expect(post({ origin: ORIGIN, 'sec-fetch-site': 'same-origin' })).toBeDefined();
    expect(post({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' })).toBeUndefined();
    expect(post({ origin: 'null' })).toBeUndefined();
    expect(post({})).toBeUndefined();
    expect(sessions.read({ headers: { cookie, 'sec-fetch-site': 'cross-site' }, method: 'GET' })).toBeUndefined();
  });

  test('that was ended counts no more, though somebody has copied it', () => {
    const { sessions } = open();
    const headers = { cookie: cookieOf(sessions.begin().cookie), origin: ORIGIN };
    expect(sessions.end({ headers, method: 'DELETE' })).toContain('Max-Age=0');
    expect(sessions.read({ headers, method: 'GET' })).toBeUndefined();
  });
});
