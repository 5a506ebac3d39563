import type { FastifyRequest } from 'fastify';

/** What is looked at of a request. */
export type Headed = Pick<FastifyRequest, 'headers' | 'method'>;

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Longer headers are not looked at; browsers send no more. */
const MAX_COOKIE_HEADER = 8192;

/**
 * A cookie comes along whoever wrote the page: `SameSite` keeps other sites out, but another port of this machine is the
 * same site. So what changes something has to name our origin, letter by letter, and what the browser says was asked for
 * by a page elsewhere gets nothing.
 */
export function isFromOurPage({ headers, method }: Headed, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return SAFE.has(method) ? headers.origin === undefined || headers.origin === origin : headers.origin === origin;
}

export function isSecure(origin: string): boolean {
  return new URL(origin).protocol === 'https:';
}

export type CookieTerms = {
  /** Seconds; 0 removes it. */
  readonly maxAge: number;
  readonly origin: string;
  /** `Lax` only for what has to come along when somebody is sent here from elsewhere. */
  readonly sameSite?: 'Strict' | 'Lax';
};

/** A cookie that no script reads. */
export function setCookie(name: string, value: string, { maxAge, origin, sameSite = 'Strict' }: CookieTerms): string {
  const secure = isSecure(origin) ? '; Secure' : '';
  return `${name}=${value}; Path=/; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAge}${secure}`;
}

export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > MAX_COOKIE_HEADER) return undefined;
  const found = header.split(/; */).find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
