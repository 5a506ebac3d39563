import { CodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { OverviewDesk } from '../../roles/overview/overview-desk.ts';
import { createAddressRates } from '../address-rates.ts';
import { ADMIN, OPERATOR_ROLES, type OperatorKeys, operatorByKey, scopesOf } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';
import { beginPage } from './begun-page.ts';
import type { ConsoleSessions, Session } from './console-sessions.ts';
import { readCookie } from './cookies.ts';
import type { OfficerLogins } from './officer-logins.ts';
import { officerRoutes } from './officer-routes.ts';
import { type OidcLogin, oidcRoutes } from './oidc-routes.ts';
import type { SiteFile, SiteState } from './site-state.ts';
import { WAITING_STYLE, waitingPage } from './waiting-page.ts';

/** A verifier, issuer or distributor that runs here, as its own entry names it. */
export type OwnParty = { readonly id: string; readonly kind: string; readonly name?: string | undefined };

export type ConsoleRoutesPorts = {
  readonly site: () => SiteState;
  readonly sessions: ConsoleSessions;
  readonly operators: OperatorKeys;
  readonly adminKey: string;
  readonly origin: string;
  /** Logging in at a provider, where there is one. */
  readonly oidc?: OidcLogin;
  /** Logging in by an officer's key, where a governor answers at this origin. */
  readonly officers?: OfficerLogins;
  /** Roles that answer at this origin; absent: all of a network. */
  readonly roles?: readonly string[];
  /** With `roles`: the parties that they are. */
  readonly parties?: readonly OwnParty[];
  /** What was read last of all that can be wrong, where this process looks. */
  readonly overview?: OverviewDesk['latest'];
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly entropy: Entropy;
};

const HIDDEN = { hide: true } as const;
const MAX_LOGIN_BODY = 1024;
/** Keys that are tried from one address: ten at once, then one in six seconds. */
const LOGIN_RATE = { perSecond: 1 / 6, burst: 10 };
const NONCE_BYTES = 16;
/** Stands in the built page for what is drawn anew for every answer. */
export const NONCE_MARK = '__holdfast_nonce__';
const IMMUTABLE = 'public, max-age=31536000, immutable';
const SESSION_PATH = '/console-session';

const loginBody = z.strictObject({ key: z.string().min(1).max(200) });
const sessionAnswer = z.object({
  /** What the session may do; null for nobody. Officers' powers are not among it: those are their signatures. */
  role: z.enum(OPERATOR_ROLES).nullable(),
  may: z.array(z.enum(['see', 'work', 'apply', 'admin'])),
  name: z.string().optional(),
  /** Whose doors alone are open. */
  party: z.string().optional(),
  /** Unix milliseconds. */
  until: z.int().optional(),
  /** What the provider is called where one can log in as well. */
  oidc: z.string().optional(),
  /** Roles that answer at this origin; absent: all of a network. */
  roles: z.array(z.string()).optional(),
  /** With `roles`: the parties that they are, where no governor answers for all of them. */
  parties: z.array(z.object({ id: z.string(), kind: z.string(), name: z.string().optional() })).optional(),
});

/** `/console/`: the operators' console as it was built; and `/console-session`, where an operator's key opens it. */
export function consoleRoutes(app: FastifyInstance, ports: ConsoleRoutesPorts): void {
  const { sessions } = ports;
  const answer = answerOf(ports);
  sessionRoutes(app, ports);
  app.get('/console', { schema: HIDDEN }, (_request, reply) => reply.redirect('/console/', 308));
  app.get('/console/waiting.css', { schema: HIDDEN }, (_request, reply) =>
    reply.type('text/css').header('cache-control', 'max-age=300').send(WAITING_STYLE),
  );
  app.get('/console/*', { schema: HIDDEN }, async (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    const site = ports.site();
    if (site.state !== 'ready') return sendWaiting(reply, site, ports.clock.now());
    const file = site.files.get(path);
    if (file !== undefined) return sendFile(reply, file, request.headers['accept-encoding']);
    // What the page itself makes an address of is answered by the page; a file that is gone is not.
    if (path.startsWith('assets/')) throw new CodedError('request.not-found', 'There is no such file of the console.');
    const session = answer(sessions.read(request));
    const { overview = () => undefined, clock } = ports;
    const scheme = schemeIn(request);
    return sendIndex(
      reply,
      beginPage(site.index, { path, session, overview, scheme, now: clock.now() }),
      ports.entropy,
    );
  });
}

function sessionRoutes(app: FastifyInstance, ports: ConsoleRoutesPorts): void {
  const { sessions, operators, origin, clock, oidc } = ports;
  const rates = createAddressRates(clock, LOGIN_RATE);
  if (oidc !== undefined) oidcRoutes(app, { ...ports, oidc, rates });
  const answer = answerOf(ports);
  officerRoutes(app, {
    ...{ ...ports, rates, assertOurOrigin: (request: FastifyRequest) => assertOurOrigin(request, origin) },
    answer: { schema: sessionAnswer, of: answer },
  });
  app.register(async (plain) => {
    useStrictJson(plain, MAX_LOGIN_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    scope.get(SESSION_PATH, { schema: { response: { 200: sessionAnswer } } }, async (request) =>
      answer(sessions.read(request)),
    );
    scope.post(
      SESSION_PATH,
      { bodyLimit: MAX_LOGIN_BODY, schema: { body: loginBody, response: { 201: sessionAnswer } } },
      async (request, reply) => {
        assertOurOrigin(request, origin);
        if (!rates.take(request.ip)) throw new CodedError('console.too-many', 'Too many keys were tried from here.');
        const operator = operatorByKey(request.body.key.trim(), operators);
        if (operator === undefined) {
          throw new CodedError('operator.unauthorized', 'This is not the key of an operator of this network.');
        }
        const { cookie, session } = sessions.begin(operator, operator === ADMIN ? 'admin' : 'key');
        return reply.code(201).header('set-cookie', cookie).send(answer(session));
      },
    );
    scope.delete(SESSION_PATH, { schema: { response: { 200: sessionAnswer } } }, async (request, reply) => {
      assertOurOrigin(request, origin);
      return reply.header('set-cookie', await sessions.end(request)).send(answer(undefined));
    });
  });
}

function answerOf({ oidc, roles, parties }: ConsoleRoutesPorts) {
  const place = {
    ...(oidc === undefined ? {} : { oidc: oidc.name }),
    ...(roles === undefined ? {} : { roles: [...roles] }),
    ...(parties === undefined ? {} : { parties: parties.map(namedOf) }),
  };
  return (session: Session | undefined): z.infer<typeof sessionAnswer> => {
    if (session === undefined) return { role: null, may: [], ...place };
    const { operator, until } = session;
    return { ...operator, may: [...scopesOf(operator.role)], until, ...place };
  };
}

/** The page keeps the choice of its colours there as well, so that it comes in them. */
function schemeIn({ headers }: FastifyRequest): 'light' | 'dark' | undefined {
  const chosen = readCookie(headers.cookie, 'holdfast-scheme');
  return chosen === 'light' || chosen === 'dark' ? chosen : undefined;
}

function namedOf({ id, kind, name }: OwnParty) {
  return { id, kind, ...(name === undefined ? {} : { name }) };
}

/** Nobody is logged in, or out, by a page elsewhere. */
function assertOurOrigin({ headers }: FastifyRequest, origin: string): void {
  if (headers.origin === origin) return;
  throw new CodedError('request.cross-site', `Log in at ${origin}/console/: this was sent from another place.`);
}

function policyOf(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** A built page, with a nonce of this answer's own. */
export function sendIndex(reply: FastifyReply, index: string, entropy: Entropy): FastifyReply {
  const nonce = Buffer.from(entropy.bytes(NONCE_BYTES)).toString('base64url');
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
  return reply.header('content-security-policy', policyOf(nonce)).send(index.replaceAll(NONCE_MARK, nonce));
}

function sendFile(reply: FastifyReply, file: SiteFile, accepted: string | string[] | undefined): FastifyReply {
  reply.type(file.type).header('cache-control', IMMUTABLE).header('vary', 'accept-encoding');
  const codings = String(accepted ?? '');
  if (file.brotli !== undefined && /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(codings)) {
    return reply.header('content-encoding', 'br').send(file.brotli);
  }
  if (file.gzip !== undefined && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(codings)) {
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  }
  return reply.send(file.bytes);
}

export function sendWaiting(
  reply: FastifyReply,
  site: Exclude<SiteState, { state: 'ready' }>,
  now: number,
): FastifyReply {
  const isBuilding = site.state === 'building';
  reply.code(503).type('text/html; charset=utf-8').header('cache-control', 'no-store');
  if (isBuilding) reply.header('retry-after', '3');
  return reply.header('content-security-policy', policyOf('none')).send(waitingPage(site, now));
}
