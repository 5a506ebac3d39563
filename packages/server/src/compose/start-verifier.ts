import type { FormerLog } from '@holdfast/verifier';
import type { Logger } from 'pino';
import { openHomeFolder, readAdminKey } from '../adapters/home-folder/home-folder.ts';
import { createHttpNetwork } from '../adapters/http-network/http-network.ts';
import { loadRoute } from '../http/admission/load-route.ts';
import { healthRoutes } from '../http/health.ts';
import { fraudRoutes } from '../http/network/fraud-routes.ts';
import { roleKeysRoutes } from '../http/role-keys-routes.ts';
import { createHttpServer } from '../http/server.ts';
import { erasingRoutes } from '../http/verifier/erasing-routes.ts';
import { verifierRoutes } from '../http/verifier/verifier-routes.ts';
import { admitRequests } from './admitting.ts';
import { type Bounds, boundsOf } from './bounds.ts';
import { createOperators } from './console.ts';
import { drainOnClose } from './draining.ts';
import { createSystemPlatform } from './platform.ts';
import { composeSeeing, openHandlesOf, showProcess } from './seeing.ts';
import { composeVerifier } from './verifier.ts';

export type VerifierStart = {
  readonly id: string;
  readonly name: string;
  /** 0 means any free one. */
  readonly port: number;
  /** The origin under which wallets reach it. */
  readonly origin: string;
  readonly dataFolder: string;
  readonly databaseUrl: string;
  /** Where the network's log is, and its pinned name. */
  readonly networkUrl: string;
  readonly networkName: string;
  /** Where networks answer that it follows beside that one. */
  readonly follow?: readonly string[];
  /** Copies of logs that have ended, for when it has to read more of one. */
  readonly formerLogs?: readonly FormerLog[];
  readonly logger: Logger;
  /** What an operator set (`parseBounds`); default as usual. */
  readonly bounds?: Bounds;
};

/** One verifier in a process of its own, following a network over HTTP. It starts also while that cannot be reached. */
export async function startVerifier(options: VerifierStart): Promise<AsyncDisposable & { readonly url: string }> {
  await using started = new AsyncDisposableStack();
  const stop = new AbortController();
  const home = await openHomeFolder(options.dataFolder, options.origin);
  const adminKey = await readAdminKey(home.keys);
  const seeing = started.use(await composeSeeing(options.logger, `holdfast-${options.id}`));
  const { platform, ...system } = createSystemPlatform(options.logger, seeing, options.bounds, options.formerLogs);
  started.use(system);
  // Who has logged in at the console of this origin is an operator in every process of it.
  const { operators } = createOperators({ adminKey, origin: options.origin, keysFolder: home.keys }, platform);
  const source = createHttpNetwork({ url: options.networkUrl, clock: platform.clock });
  const place = {
    ...options,
    keysFolder: home.keys,
    network: options.networkName,
    source,
    governor: { url: options.networkUrl },
  };
  const verifier = started.use(await composeVerifier(platform, place, stop.signal));
  const app = await createHttpServer(options.logger);
  drainOnClose(app);
  const door = admitRequests(app, { platform, adminKey, operators });
  await showProcess(app, { seeing, platform, keysFolder: home.keys, operators, door });
  openHandlesOf(app, { platform, operators }, `/v/${options.id}/handles`, [verifier]);
  loadRoute(app, { read: door.read, bounds: boundsOf(platform), operators });
  verifierRoutes(app, { verifiers: [verifier.role], operators, isShed: door.isShed });
  erasingRoutes(app, { verifiers: new Map([[options.id, verifier.erasable]]), operators });
  roleKeysRoutes(app, { path: `/v/${options.id}/keys`, keys: verifier.keys, operators });
  fraudRoutes(app, verifier);
  healthRoutes(
    app,
    async () => ({
      [options.id]: verifier.follower.position === undefined ? 'has read nothing yet' : 'ready',
    }),
    door.read,
  );
  started.defer(() => stop.abort());
  started.defer(() => app.close());
  const url = await app.listen({ port: options.port, host: '127.0.0.1' });
  const running = started.move();
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
