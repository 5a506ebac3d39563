import type { FastifyInstance } from 'fastify';
import { type ConsoleSite, openConsoleSite } from '../adapters/console-site/console-site.ts';
import { checkerRoutes } from '../http/console/checker-routes.ts';
import { consoleRoutes } from '../http/console/console-routes.ts';
import { type ConsoleSessions, createConsoleSessions } from '../http/console/console-sessions.ts';
import { hashOperatorKey, type OperatorKeys } from '../http/operators.ts';
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

/** The console's doors. Its files are looked for, and built, from `open` on: not before everything else is ready. */
export function composeConsole(
  app: FastifyInstance,
  { clock, entropy }: Platform,
  door: ReturnType<typeof createOperators> & Pick<Door, 'origin'>,
  { folder, report }: { readonly folder: string | undefined; readonly report: (words: string) => void },
): AsyncDisposable & { readonly open: () => void } {
  let site: ConsoleSite | undefined;
  const soon = { state: 'building', since: clock.now(), words: 'The rest of the network starts first.' } as const;
  const current = () => (folder === undefined ? NO_CONSOLE : (site?.current() ?? soon));
  consoleRoutes(app, { ...{ ...door, clock, entropy }, site: current });
  checkerRoutes(app, { site: current, clock, entropy });
  return {
    open: () => {
      if (folder !== undefined) site ??= openConsoleSite({ folder, clock, report });
    },
    [Symbol.asyncDispose]: async () => site?.[Symbol.asyncDispose](),
  };
}
