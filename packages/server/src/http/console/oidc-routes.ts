import { createHmac, timingSafeEqual } from 'node:crypto';
import { CodedError, isCodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import type { AddressRates } from '../address-rates.ts';
import type { Operator } from '../operators.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import { isSecure, readCookie, setCookie } from './cookies.ts';

/** Logging in elsewhere: at an OpenID provider that says who somebody is. */
export type OidcLogin = {
  /** What the provider is called, for the button. */
  readonly name: string;
  /** Where the browser goes, and what has to come back with it; `kept` is for this browser alone. */
  begin(): Promise<{ readonly url: URL; readonly kept: Readonly<Record<string, string>> }>;
  /** Who has come back. Throws `console.oidc` for an answer that does not hold, `console.no-role` for somebody else. */
  finish(back: URL, kept: Readonly<Record<string, string>>): Promise<Operator>;
};

export type OidcRoutesPorts = {
  readonly oidc: OidcLogin;
  readonly sessions: Pick<ConsoleSessions, 'begin'>;
  readonly adminKey: string;
  readonly origin: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly rates: AddressRates;
};

/** Where the provider sends the browser back to: it has to be known there. */
export const OIDC_RETURN_PATH = '/console-session/oidc/return';
export const OIDC_BEGIN_PATH = '/console-session/oidc';

/** How long somebody may take at the provider. */
const LOGIN_TAKES_MS = 600_000;
const HIDDEN = { hide: true } as const;

/** Two doors for a browser: out to the provider, and back with its word. What went wrong is told on the page itself. */
export function oidcRoutes(app: FastifyInstance, ports: OidcRoutesPorts): void {
  const { oidc, sessions, origin, rates } = ports;
  const kept = keptCookie(ports);
  app.get(OIDC_BEGIN_PATH, { schema: HIDDEN }, async (request, reply) =>
    orTold(reply, async () => {
      if (!rates.take(request.ip)) throw new CodedError('console.too-many', 'Too many tries came from here.');
      const begun = await oidc.begin();
      reply.header('set-cookie', kept.write(begun.kept));
      return begun.url.href;
    }),
  );
  app.get(OIDC_RETURN_PATH, { schema: HIDDEN }, async (request, reply) =>
    orTold(reply, async () => {
      const before = kept.read(request);
      if (before === undefined) throw new CodedError('console.oidc', 'This browser did not begin to log in here.');
      const operator = await oidc.finish(new URL(request.url, origin), before);
      reply.header('set-cookie', [kept.remove(), sessions.begin(operator, 'oidc').cookie]);
      return '/console/';
    }),
  );
}

async function orTold(reply: FastifyReply, act: () => Promise<string>): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  try {
    return reply.redirect(await act(), 303);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    reply.log.warn({ err: error }, 'nobody was logged in by OpenID');
    return reply.redirect(`/console/?login=${encodeURIComponent(error.code)}`, 303);
  }
}

/** What the browser brings back beside the provider's word: sealed against changes, for ten minutes, once. */
function keptCookie({ adminKey, origin, clock }: Pick<OidcRoutesPorts, 'adminKey' | 'origin' | 'clock'>) {
  const key = createHmac('sha256', adminKey).update('holdfast console login').digest();
  const name = isSecure(origin) ? '__Host-holdfast-login' : `holdfast-login-${new URL(origin).port}`;
  const macOf = (text: string) => createHmac('sha256', key).update(`${origin} ${text}`).digest();
  // It has to come along when the provider sends the browser back.
  const terms = { origin, sameSite: 'Lax' } as const;
  return {
    write(kept: Readonly<Record<string, string>>): string {
      const until = clock.now() + LOGIN_TAKES_MS;
      const text = Buffer.from(JSON.stringify({ kept, until })).toString('base64url');
      return setCookie(name, `${text}.${macOf(text).toString('base64url')}`, {
        ...terms,
        maxAge: LOGIN_TAKES_MS / 1000,
      });
    },
    read({ headers }: Pick<FastifyRequest, 'headers'>): Readonly<Record<string, string>> | undefined {
      const match = /^([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/.exec(readCookie(headers.cookie, name) ?? '');
      const [, text = '', mac = ''] = match ?? [];
      if (match === null || !timingSafeEqual(macOf(text), Buffer.from(mac, 'base64url'))) return undefined;
      const { kept, until } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as {
        readonly kept: Readonly<Record<string, string>>;
        readonly until: number;
      };
      return until > clock.now() ? kept : undefined;
    },
    remove: () => setCookie(name, '', { ...terms, maxAge: 0 }),
  };
}
