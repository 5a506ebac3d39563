import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { ADMIN, OPERATOR_ROLES, type Operator } from '../operators.ts';
import { type Headed, isFromOurPage, isSecure, readCookie, setCookie } from './cookies.ts';

/** By what somebody logged in. */
export const LOGIN_WAYS = ['admin', 'key', 'oidc', 'officer'] as const;
export type LoginWay = (typeof LOGIN_WAYS)[number];

export type Session = {
  readonly id: string;
  readonly operator: Operator;
  readonly by: LoginWay;
  /** Thumbprint of the officer's key that opened it. */
  readonly kid?: string;
  /** Unix milliseconds. */
  readonly beganAt: number;
  readonly until: number;
};

/** What is more to a session that an officer's key opens. */
export type OfficerSession = {
  readonly kid: string;
  /** 22 characters of base64url: the same log-in is the same session, also where it is answered twice. */
  readonly id: string;
};

export type ConsoleSessionPorts = {
  /** The key that sessions are made from: with another one they all end. */
  readonly adminKey: string;
  /** Where the console is served: what changes anything must come from a page of exactly this origin. */
  readonly origin: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly entropy: Entropy;
  /** The named key's operator now; undefined once it was revoked: then its sessions are over. */
  readonly byName?: (name: string) => Operator | undefined;
  /** Whose officer's key this thumbprint is now, as an operator; undefined once it is no officer's in force. */
  readonly byKid?: (kid: string) => Operator | undefined;
  /** Sessions that were ended before their time, kept for every process that would believe their cookies. */
  readonly ended?: EndedSessions;
};

export type EndedSessions = {
  has(id: string): boolean;
  add(id: string, until: number): Promise<void>;
};

export type ConsoleSessions = {
  /** The value of a `Set-Cookie`, and the session that it carries. */
  begin(
    operator: Operator,
    by: LoginWay,
    officer?: OfficerSession,
  ): { readonly cookie: string; readonly session: Session };
  /** This request's session; undefined when it has none that counts here. */
  read(request: Headed): Session | undefined;
  /** Ends it also for whoever has copied the cookie. The value of the `Set-Cookie` that removes it. */
  end(request: Headed): Promise<string>;
  /** Those that this process has seen, the latest first. */
  list(): readonly Session[];
  /** Ends somebody else's; false when no such session is known here. */
  endById(id: string): Promise<boolean>;
};

const LASTS_MS = 8 * 3_600_000;
const ID_BYTES = 16;
/** Sessions remembered for the list; beyond that the one that began first is no longer listed, and counts all the same. */
const MAX_LISTED = 1000;

const contents = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(OPERATOR_ROLES),
  party: z.string().exactOptional(),
  by: z.enum(LOGIN_WAYS),
  kid: z.string().exactOptional(),
  beganAt: z.number(),
  until: z.number(),
});

/**
 * Sessions of the console that no table keeps: the cookie carries whose it is, when it ends and a MAC under a key derived
 * from the admin key, so it outlives a restart, and one process believes what another began.
 */
export function createConsoleSessions(ports: ConsoleSessionPorts): ConsoleSessions {
  const { adminKey, origin, clock, entropy, ended = createEndedSessions() } = ports;
  const key = createHmac('sha256', adminKey).update('holdfast console session').digest();
  const name = cookieName(origin);
  const seen = new Map<string, Session>();

  const macOf = (text: string) => createHmac('sha256', key).update(`${origin} ${text}`).digest();

  function open(header: string | undefined): Session | undefined {
    const match = /^([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/.exec(readCookie(header, name) ?? '');
    const [, text = '', mac = ''] = match ?? [];
    if (match === null || !timingSafeEqual(macOf(text), Buffer.from(mac, 'base64url'))) return undefined;
    const session = sessionOf(text);
    if (session.until <= clock.now() || ended.has(session.id)) return undefined;
    const operator = operatorNow(session);
    return operator === undefined ? undefined : { ...session, operator };
  }

  /** What a key opens is what it opens now, not what it did when somebody logged in by it. */
  function operatorNow({ by, operator, kid }: Session): Operator | undefined {
    if (by === 'key') return ports.byName?.(operator.name);
    return by === 'officer' ? ports.byKid?.(kid ?? '') : operator;
  }

  function remember(session: Session): Session {
    if (!seen.has(session.id) && seen.size >= MAX_LISTED) {
      const [oldest] = seen.keys();
      if (oldest !== undefined) seen.delete(oldest);
    }
    seen.set(session.id, session);
    return session;
  }

  async function finish({ id, until }: Session): Promise<void> {
    seen.delete(id);
    await ended.add(id, until);
  }

  return {
    begin(operator, by, officer) {
      const beganAt = clock.now();
      const id = Buffer.from(entropy.bytes(ID_BYTES)).toString('base64url');
      const session = { ...{ id, operator, by, beganAt }, ...officer, until: beganAt + LASTS_MS };
      const text = textOf(session);
      const value = `${text}.${macOf(text).toString('base64url')}`;
      return { cookie: setCookie(name, value, { maxAge: LASTS_MS / 1000, origin }), session: remember(session) };
    },
    read(request) {
      const session = isFromOurPage(request, origin) ? open(request.headers.cookie) : undefined;
      return session === undefined ? undefined : remember(session);
    },
    async end(request) {
      const session = isFromOurPage(request, origin) ? open(request.headers.cookie) : undefined;
      if (session !== undefined) await finish(session);
      return setCookie(name, '', { maxAge: 0, origin });
    },
    list() {
      const now = clock.now();
      return [...seen.values()]
        .filter((session) => {
          return session.until > now && !ended.has(session.id) && operatorNow(session) !== undefined;
        })
        .sort((a, b) => b.beganAt - a.beganAt);
    },
    async endById(id) {
      const session = seen.get(id);
      if (session !== undefined) await finish(session);
      return session !== undefined;
    },
  };
}

/** In memory, of one process. Beyond the bound the first of them would count again until its eight hours are over. */
export function createEndedSessions(): EndedSessions {
  const ended = new Set<string>();
  return {
    has: (id) => ended.has(id),
    async add(id) {
      ended.add(id);
      const [oldest] = ended;
      if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest);
    },
  };
}

export const MAX_ENDED = 4096;

function textOf({ operator, ...session }: Session): string {
  return Buffer.from(JSON.stringify({ ...operator, ...session })).toString('base64url');
}

/** Written by us: its MAC has been looked at. */
function sessionOf(text: string): Session {
  const parsed = contents.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  const { name, role, party, ...session } = parsed;
  const operator = { name, role, ...(party === undefined ? {} : { party }) };
  return { ...session, operator: session.by === 'admin' ? ADMIN : operator };
}

/** Cookies of one machine are shared by all its ports: two networks side by side have two names. */
function cookieName(origin: string): string {
  const { port } = new URL(origin);
  return isSecure(origin) ? '__Host-holdfast-console' : `holdfast-console-${port === '' ? '80' : port}`;
}
