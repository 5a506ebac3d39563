import { CodedError, type NetworkState } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { openConsoleSite } from '../adapters/console-site/console-site.ts';
import { type OperatorFile, openOperatorFile } from '../adapters/home-folder/operator-file.ts';
import { createOidcLogin } from '../adapters/oidc/oidc-login.ts';
import type { OidcSettings } from '../adapters/oidc/oidc-settings.ts';
import { consoleRoutes, type OwnParty } from '../http/console/console-routes.ts';
import {
  type ConsoleSessions,
  createConsoleSessions,
  type EndedSessions,
  MAX_ENDED,
} from '../http/console/console-sessions.ts';
import { createOfficerLogins, type OfficerLogins, operatorWithKey } from '../http/console/officer-logins.ts';
import { OIDC_RETURN_PATH } from '../http/console/oidc-routes.ts';
import { type NamedKeys, operatorKeyRoutes } from '../http/console/operator-routes.ts';
import { peopleRoutes } from '../http/console/people-routes.ts';
import { hashOperatorKey, type OperatorKeys } from '../http/operators.ts';
import type { OverviewDesk } from '../roles/overview/overview-desk.ts';
import { PAGE_WORDS } from '../spec.ts';
import type { Platform } from './platform.ts';

type Door = {
  readonly adminKey: string;
  readonly origin: string;
  readonly keysFolder: string;
  /** The network as this process reads it, where it does: who is an officer. */
  readonly state?: () => Readonly<NetworkState>;
};

/** The operators of one origin, and what tells them apart. */
export type Operators = {
  readonly operators: OperatorKeys;
  readonly sessions: ConsoleSessions;
  readonly keys: NamedKeys;
  readonly officers?: OfficerLogins;
};

/** The operators of one origin: by the admin key, by keys of their own, or by a session of the console that was opened with one. */
export function createOperators(
  { adminKey, origin, keysFolder, state }: Door,
  { clock, entropy, engine }: Pick<Platform, 'clock' | 'entropy' | 'engine'>,
): Operators {
  const file = openOperatorFile(keysFolder, () => clock.monotonic());
  const named: NonNullable<OperatorKeys['named']> = () => file.read().keys;
  const sessions = createConsoleSessions({
    ...{ adminKey, origin, clock, entropy },
    byName: (name) => {
      const found = named().find((key) => key.name === name);
      if (found === undefined) return undefined;
      const { role, party } = found;
      return { name, role, ...(party === undefined ? {} : { party }) };
    },
    ...(state === undefined ? {} : { byKid: (kid: string) => operatorWithKey(state(), kid, clock.now()) }),
    ended: endedIn(file, () => clock.now()),
  });
  const use = useOnce(file, () => clock.now());
  const session: OperatorKeys['session'] = (request) => sessions.read(request)?.operator;
  return {
    ...{ operators: { admin: [hashOperatorKey(adminKey)], named, session }, sessions, keys: keysIn(file) },
    ...(state === undefined
      ? {}
      : { officers: createOfficerLogins({ state, engine, clock, entropy, adminKey, origin, use }) }),
  };
}

/** Operators of one process: beyond that, whoever looks them through takes long for every request. */
const MAX_KEYS = 200;

function keysIn(file: OperatorFile): NamedKeys {
  return {
    list: () => file.read().keys,
    add: (key) =>
      file.change(({ keys, ended }) => {
        if (keys.some(({ name }) => name === key.name)) {
          throw new CodedError('operator.name-taken', `There is a key named ${key.name}; revoke it first.`);
        }
        if (keys.length >= MAX_KEYS) throw new CodedError('operator.too-many', `${MAX_KEYS} keys are as many as fit.`);
        return { keys: [...keys, key], ended };
      }),
    async revoke(name) {
      const isThere = file.read().keys.some((key) => key.name === name);
      if (isThere) await file.change(({ keys, ended }) => ({ keys: keys.filter((key) => key.name !== name), ended }));
      return isThere;
    },
  };
}

/** Kept until they would have ended by themselves. Of more than fit, the first count again until then. */
function endedIn(file: OperatorFile, now: () => number): EndedSessions {
  return {
    has: (id) => file.read().ended.some((session) => session.id === id),
    add: (id, until) =>
      file.change(({ keys, ended }) => {
        const still = ended.filter((session) => session.until > now());
        return { keys, ended: [...still, { id, until }].slice(-MAX_ENDED) };
      }),
  };
}

/** Challenges that were answered, beside the sessions that were ended, and as long as they would be good for. */
function useOnce(file: OperatorFile, now: () => number) {
  return async (id: string, until: number): Promise<boolean> => {
    const name = `login ${id}`;
    let isFirst = false;
    await file.change(({ keys, ended }) => {
      const still = ended.filter((one) => one.until > now());
      isFirst = !still.some((one) => one.id === name);
      return { keys, ended: isFirst ? [...still, { id: name, until }].slice(-MAX_ENDED) : still };
    });
    return isFirst;
  };
}

const NO_CONSOLE = { state: 'failed', words: 'This server was started without one.' } as const;

export type ConsolePlace = Operators &
  Pick<Door, 'adminKey' | 'origin'> & {
    /** Roles that this process has; absent: all of a network. */
    readonly roles?: readonly string[];
    /** With `roles`: the parties that they are. */
    readonly parties?: readonly OwnParty[];
    /** What was read last of all that can be wrong, where this process looks. */
    readonly overview?: OverviewDesk['latest'];
    readonly oidc?: OidcSettings;
  };

/** The console's doors. Its files are looked for at once, and built from `begin` on: not before everything else is ready. */
export function composeConsole(
  app: FastifyInstance,
  { clock, entropy }: Platform,
  { oidc, keys, ...place }: ConsolePlace,
  { folder, report }: { readonly folder: string | undefined; readonly report: (words: string) => void },
): AsyncDisposable & { readonly begin: () => void } {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const site = folder === undefined ? undefined : openConsoleSite({ folder, clock, report, begin: begun });
  const current = () => site?.current() ?? NO_CONSOLE;
  const elsewhere =
    oidc === undefined ? {} : { oidc: createOidcLogin(oidc, new URL(OIDC_RETURN_PATH, place.origin).href) };
  consoleRoutes(app, { ...place, ...elsewhere, clock, entropy, site: current });
  operatorKeyRoutes(app, { ...place, keys, clock });
  peopleRoutes(app, { site: current, clock, entropy, words: PAGE_WORDS });
  return {
    begin: () => begin(),
    [Symbol.asyncDispose]: async () => {
      const ended = site?.[Symbol.asyncDispose]();
      begin();
      await ended;
    },
  };
}
