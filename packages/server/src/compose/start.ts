import { once } from 'node:events';
import { CodedError, isJsonObject, type Position, parseVerdictEnvelope, type Verdict } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { startEmbeddedPostgres } from '../adapters/embedded-postgres/embedded-postgres.ts';
import { openHomeFolder, readAdminKey } from '../adapters/home-folder/home-folder.ts';
import { Relay } from '../adapters/relay/relay.ts';
import { governorRoutes } from '../http/governor/governor-routes.ts';
import { healthRoutes } from '../http/health.ts';
import { issuerRoutes } from '../http/issuer/issuer-routes.ts';
import { networkRoutes } from '../http/network/network-routes.ts';
import { hashOperatorKey } from '../http/operators.ts';
import type { PageState, VerifierCard } from '../http/page/page.ts';
import { pageRoutes } from '../http/page/page-routes.ts';
import { describeEntries } from '../http/page/words.ts';
import { relayRoutes } from '../http/relay-routes.ts';
import { createHttpServer } from '../http/server.ts';
import { verifierRoutes } from '../http/verifier/verifier-routes.ts';
import { verifierProxy } from '../http/verifier-proxy.ts';
import { composeGovernor } from './governing.ts';
import { composeIssuer } from './issuing.ts';
import { composeNetwork } from './network.ts';
import { createOfficerDesk } from './officer-desk.ts';
import { createSystemPlatform } from './platform.ts';
import { foundSample, SAMPLE, sampleTenant } from './sample-network.ts';
import { SecondProcess } from './second-process.ts';
import { composeVerifier } from './verifier.ts';

export type StartOptions = {
  readonly port: number;
  /** The public origin; default the loopback address of the port. */
  readonly origin?: string;
  readonly dataFolder: string;
  /** A PostgreSQL to use; default the embedded one. */
  readonly databaseUrl?: string;
  readonly logger: Logger;
  /** Told of what takes its time. */
  readonly report: (words: string) => void;
  /** How to start this program again as one verifier, in a process of its own. */
  readonly verifierCommand: (id: string) => readonly [string, ...string[]];
};

export type Holdfast = AsyncDisposable & {
  readonly url: string;
  readonly adminKey: string;
  readonly keysFolder: string;
};

const SHOWN_ENTRIES = 20;
const READ_ENTRIES = 200;
const ASK_TIMEOUT_MS = 4000;

/** Starts the sample network: all roles in this process, verifier south in a second one behind a relay. */
export async function startHoldfast(options: StartOptions): Promise<Holdfast> {
  const { dataFolder, logger, report } = options;
  await using started = new AsyncDisposableStack();
  const stop = new AbortController();
  const app = await createHttpServer(logger);
  started.defer(() => app.close());
  const port = await reservePort(options.port);
  const origin = options.origin ?? `http://localhost:${port}`;
  const home = await openHomeFolder(dataFolder, origin);
  const adminKey = await readAdminKey(home.keys);
  const operators = { admin: [hashOperatorKey(adminKey)] };
  const databaseUrl = options.databaseUrl ?? (await startDatabase(options, started));
  const { platform, ...system } = createSystemPlatform(logger);
  started.use(system);

  report('opening the log');
  const place = { origin, dataFolder, keysFolder: home.keys, databaseUrl };
  const network = started.use(await composeNetwork(platform, { ...place, officers: SAMPLE.officers }, stop.signal));
  const followed = { ...place, network: network.name, source: network.network };
  const governor = started.use(await composeGovernor(platform, followed, stop.signal));
  await foundSample(platform, governor, place, stop.signal);
  const tenant = await sampleTenant(platform, origin, home.keys);
  const issuer = started.use(await composeIssuer(platform, { ...followed, tenants: [tenant] }, stop.signal));
  const [near, far] = SAMPLE.verifiers;
  const north = started.use(await composeVerifier(platform, { ...followed, ...near }, stop.signal));

  const relay = started.use(new Relay({ host: '127.0.0.1', port }));
  const relayPort = await relay.listen();
  const south = new SecondProcess({
    name: far.id,
    command: options.verifierCommand(far.id),
    environment: {
      HOLDFAST_DATABASE: databaseUrl,
      HOLDFAST_NETWORK: `http://127.0.0.1:${relayPort}`,
      HOLDFAST_NETWORK_NAME: network.name,
      HOLDFAST_URL: origin,
      HOLDFAST_DATA: dataFolder,
    },
    clock: platform.clock,
    report: ({ type, detail }) => logger.info({ role: far.id, type, detail }, 'second process'),
  });

  const ask = createAsker(port, adminKey);
  networkRoutes(app, { network: network.network });
  governorRoutes(app, { governor: governor.governor, operators });
  issuerRoutes(app, { issuer: issuer.issuer, keys: operators });
  verifierRoutes(app, { verifiers: [north.role], operators });
  await verifierProxy(app, { id: far.id, findUrl: () => south.url });
  relayRoutes(app, { relay, operators });
  healthRoutes(app, async () => ({
    network: network.network.health().status === 'running' ? 'ready' : network.network.health().status,
    issuer: await readyOr(() => issuer.issuer.awaitReady(SAMPLE.tenant)),
    north: north.follower.position === undefined ? 'has read nothing yet' : 'ready',
    south: south.url === undefined ? 'starting' : 'ready',
  }));
  pageRoutes(app, {
    origin,
    readState: () => readPageState(network.network, ask),
    verify: (verifier, credential) => verifyBy(ask, verifier, credential),
    revoke: createOfficerDesk({
      keysFolder: home.keys,
      officers: SAMPLE.officers,
      tenant: SAMPLE.tenant,
      issuer: issuer.issuer,
      governor: governor.governor,
    }),
  });
  await listen(app, port);
  report('starting the second verifier');
  started.use(south);
  await south.start();
  await issuer.issuer.awaitReady(SAMPLE.tenant);
  started.defer(() => stop.abort());
  const running = started.move();
  return { url: origin, adminKey, keysFolder: home.keys, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function startDatabase({ dataFolder, report }: StartOptions, started: AsyncDisposableStack): Promise<string> {
  const words: Readonly<Record<string, string>> = {
    'copying-binaries': 'copying PostgreSQL to where its account can reach it',
    'creating-cluster': 'creating a database cluster',
    recovered: 'PostgreSQL has recovered from a crash',
    adopted: 'found the PostgreSQL of an earlier run still running',
  };
  const postgres = await startEmbeddedPostgres({
    dataDir: dataFolder,
    report: (event) => {
      const said = words[event.type];
      if (said !== undefined) report(said);
    },
  });
  started.use(postgres);
  return postgres.url;
}

/** The port to listen on, known before anything is made for it: 0 means any that is free. Throws `port.taken`. */
async function reservePort(port: number): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await Promise.race([
    once(server, 'listening'),
    once(server, 'error').then(([error]) => {
      throw new CodedError(
        'port.taken',
        `Port ${port} is taken: stop the other program, or choose another with --port.`,
        { port },
        error,
      );
    }),
  ]);
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function listen(app: FastifyInstance, port: number): Promise<void> {
  try {
    await app.listen({ port, host: '127.0.0.1' });
  } catch (cause) {
    throw new CodedError(
      'port.taken',
      `Port ${port} is taken: stop the other program, or choose another with --port.`,
      { port },
      cause,
    );
  }
}

async function readyOr(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ready';
  } catch (error) {
    return error instanceof Error ? error.message : 'not ready';
  }
}

type Ask = (path: string, init?: RequestInit) => Promise<unknown>;

/** Asks this origin as anybody would: both verifiers answer the page by the same door. */
function createAsker(port: number, adminKey: string): Ask {
  return async (path, init = {}) => {
    const headers = {
      authorization: `Bearer ${adminKey}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers,
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (response.ok) return body;
    const { code, detail } = isJsonObject(body) ? body : {};
    throw new CodedError(String(code ?? 'request.malformed'), String(detail ?? 'The verifier did not answer.'));
  };
}

async function verifyBy(ask: Ask, verifier: string, credential: string): Promise<Verdict> {
  const body = JSON.stringify({ credential });
  const answer = await ask(`/v/${encodeURIComponent(verifier)}/verify`, { method: 'POST', body });
  return parseVerdictEnvelope(String(isJsonObject(answer) ? answer.signed : '')).envelope.verdict;
}

async function readPageState(
  network: Awaited<ReturnType<typeof composeNetwork>>['network'],
  ask: Ask,
): Promise<PageState> {
  const size = network.state.position?.size ?? 0;
  const from = Math.max(0, size - READ_ENTRIES);
  const entries = size === 0 ? [] : await network.fetchEntries(from, size, AbortSignal.timeout(ASK_TIMEOUT_MS));
  const rulebook = network.state.rulebook?.body;
  return {
    now: Date.now(),
    title: rulebook?.title ?? 'A network',
    verifiers: await Promise.all(SAMPLE.verifiers.map((verifier) => readCard(ask, verifier))),
    entries: describeEntries(from, entries, rulebook, SHOWN_ENTRIES),
    officers: SAMPLE.officers,
  };
}

async function readCard(ask: Ask, { id, name }: { readonly id: string; readonly name: string }): Promise<VerifierCard> {
  const answer = await ask(`/v/${id}`).catch(() => undefined);
  if (!isJsonObject(answer)) return { id, name, isAnswering: false };
  const position = isJsonObject(answer.position) ? { position: answer.position as unknown as Position } : {};
  return { id, name, isAnswering: true, ...position };
}
