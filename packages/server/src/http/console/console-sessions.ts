import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';

export type ConsoleSessionPorts = {
  /** The key that sessions are made from: with another one they all end. */
  readonly adminKey: string;
  /** Where the console is served: what changes anything must come from a page of exactly this origin. */
  readonly origin: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly entropy: Entropy;
};

export type ConsoleSessions = {
  /** The value of a `Set-Cookie`, and when it ends (unix milliseconds). */
  begin(): { readonly cookie: string; readonly until: number };
  /** Until when this request's session lasts; undefined when it has none that counts here. */
  read(request: Pick<FastifyRequest, 'headers' | 'method'>): number | undefined;
  /** Ends it also for whoever has copied the cookie. The value of the `Set-Cookie` that removes it. */
  end(request: Pick<FastifyRequest, 'headers' | 'method'>): string;
};

const LASTS_MS = 8 * 3_600_000;
const ID_BYTES = 16;
/** Sessions remembered as ended; beyond that the oldest of them would count again until its eight hours are over. */
const MAX_ENDED = 4096;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Sessions of the console that no table keeps: the cookie carries when it ends and a MAC under a key derived from the admin
 * key, so it outlives a restart, and one process believes what another began.
 */
export function createConsoleSessions({ adminKey, origin, clock, entropy }: ConsoleSessionPorts): ConsoleSessions {
  const key = createHmac('sha256', adminKey).update('holdfast console session').digest();
  const name = cookieName(origin);
  const ended = new Map<string, true>();

  function macOf(text: string): Buffer {
    return createHmac('sha256', key).update(`${origin} ${text}`).digest();
  }

  function open(header: string | undefined): { readonly id: string; readonly until: number } | undefined {
    const match = /^(\d{1,15})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(readCookie(header, name) ?? '');
    const [, until = '', id = '', mac = ''] = match ?? [];
    if (match === null || !timingSafeEqual(macOf(`${until}.${id}`), Buffer.from(mac, 'base64url'))) return undefined;
    return Number(until) > clock.now() && !ended.has(id) ? { id, until: Number(until) } : undefined;
  }

  return {
    begin() {
      const until = clock.now() + LASTS_MS;
      const text = `${until}.${Buffer.from(entropy.bytes(ID_BYTES)).toString('base64url')}`;
      const value = `${text}.${macOf(text).toString('base64url')}`;
      return { cookie: setCookie(name, value, LASTS_MS / 1000, origin), until };
    },
    read({ headers, method }) {
      return isFromOurPage(headers, method, origin) ? open(headers.cookie)?.until : undefined;
    },
    end({ headers, method }) {
      const session = isFromOurPage(headers, method, origin) ? open(headers.cookie) : undefined;
      if (session !== undefined) ended.set(session.id, true);
      const [oldest] = ended.keys();
      if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest);
      return setCookie(name, '', 0, origin);
    },
  };
}

/**
 * A cookie comes along whoever wrote the page: `SameSite` keeps other sites out, but another port of this machine is the
 * same site. So what changes something has to name our origin, letter by letter, and what the browser says was asked for
 * by a page elsewhere gets nothing.
 */
function isFromOurPage(headers: FastifyRequest['headers'], method: string, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return SAFE.has(method) ? headers.origin === undefined || headers.origin === origin : headers.origin === origin;
}

/** Cookies of one machine are shared by all its ports: two networks side by side have two names. */
function cookieName(origin: string): string {
  const { protocol, port } = new URL(origin);
  return protocol === 'https:' ? '__Host-holdfast-console' : `holdfast-console-${port === '' ? '80' : port}`;
}

function setCookie(name: string, value: string, maxAge: number, origin: string): string {
  const secure = new URL(origin).protocol === 'https:' ? '; Secure' : '';
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure}`;
}

/** Longer headers are not looked at; browsers send no more. */
const MAX_COOKIE_HEADER = 8192;

function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > MAX_COOKIE_HEADER) return undefined;
  const found = header.split(/; */).find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
