import type { FastifyInstance } from 'fastify';
import { openConsoleSite } from '../adapters/console-site/console-site.ts';
import { consoleRoutes } from '../http/console/console-routes.ts';
import { type ConsoleSessions, createConsoleSessions } from '../http/console/console-sessions.ts';
import { peopleRoutes } from '../http/console/people-routes.ts';
import { hashOperatorKey, type OperatorKeys } from '../http/operators.ts';
import { PAGE_WORDS } from '../spec.ts';
import type { Platform } from './platform.ts';

type Door = { readonly adminKey: string; readonly origin: string };

/** The operators of one origin: by the admin key, or by a session of the console that was opened with it. */
export function createOperators(
  { adminKey, origin }: Door,
  { clock, entropy }: Pick<Platform, 'clock' | 'entropy'>,
): { readonly operators: OperatorKeys; readonly sessions: ConsoleSessions } {
  const sessions = createConsoleSessions({ adminKey, origin, clock, entropy });
  const isSession: OperatorKeys['isSession'] = (request) => sessions.read(request) !== undefined;
  return { operators: { admin: [hashOperatorKey(adminKey)], isSession }, sessions };
}

const NO_CONSOLE = { state: 'failed', words: 'This server was started without one.' } as const;

/** The console's doors. Its files are looked for at once, and built from `begin` on: not before everything else is ready. */
export function composeConsole(
  app: FastifyInstance,
  { clock, entropy }: Platform,
  door: ReturnType<typeof createOperators> & Pick<Door, 'origin'>,
  { folder, report }: { readonly folder: string | undefined; readonly report: (words: string) => void },
): AsyncDisposable & { readonly begin: () => void } {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const site = folder === undefined ? undefined : openConsoleSite({ folder, clock, report, begin: begun });
  const current = () => site?.current() ?? NO_CONSOLE;
  consoleRoutes(app, { ...{ ...door, clock, entropy }, site: current });
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
