import { join } from 'node:path';
import type { FormerLog } from '@holdfast/verifier';
import type { Logger } from 'pino';
import { openHomeFolder, readAdminKey } from '../adapters/home-folder/home-folder.ts';
import { createHttpErasable } from '../adapters/http-verifier/http-erasable.ts';
import type { OidcSettings } from '../adapters/oidc/oidc-settings.ts';
import { createDatabaseProbe } from '../adapters/postgres/database-probe.ts';
import { Relay } from '../adapters/relay/relay.ts';
import { loadRoute } from '../http/admission/load-route.ts';
import { distributorRoutes } from '../http/distributor/distributor-routes.ts';
import { eraserRoutes } from '../http/eraser/eraser-routes.ts';
import { caseRoutes } from '../http/governor/case-routes.ts';
import { governorRoutes } from '../http/governor/governor-routes.ts';
import { joiningRoutes } from '../http/governor/joining-routes.ts';
import { handoffRoutes, incidentHandoffs } from '../http/handoffs.ts';
import { healthRoutes } from '../http/health.ts';
import { issuerRoutes } from '../http/issuer/issuer-routes.ts';
import { ledgerRoutes } from '../http/ledger/ledger-routes.ts';
import { orderRoutes } from '../http/ledger/order-routes.ts';
import { fraudRoutes } from '../http/network/fraud-routes.ts';
import { networkRoutes } from '../http/network/network-routes.ts';
import { openapiRoute } from '../http/openapi.ts';
import { createLogLines } from '../http/page/log-lines.ts';
import { createMoneyReader } from '../http/page/money-reader.ts';
import { pageRoutes } from '../http/page/page-routes.ts';
import { relayRoutes } from '../http/relay-routes.ts';
import { createHttpServer, DEFAULT_HTTP_BOUNDS } from '../http/server.ts';
import { verifierRoutes } from '../http/verifier/verifier-routes.ts';
import { verifierProxy } from '../http/verifier-proxy.ts';
import { organiserOf } from '../roles/distributor/config.ts';
import type { NetworkHealth } from '../roles/network/network-role.ts';
import { admitRequests } from './admitting.ts';
import { type Bounds, boundsOf } from './bounds.ts';
import { type BroughtLeaf, bringLeaf } from './brought-leaf.ts';
import { composeConsole, createOperators } from './console.ts';
import { claimDatabase } from './database-claim.ts';
import { composeDistributor, readReveals, revealTo } from './distributing.ts';
import { drainOnClose } from './draining.ts';
import { composeEraser } from './erasing.ts';
import { publishFeed } from './feed-channel.ts';
import { composeGovernor } from './governing.ts';
import { composeIssuer } from './issuing.ts';
import { openKeyDoors } from './key-doors.ts';
import { composeLedger } from './ledger.ts';
import { listen, reservePort } from './listening.ts';
import { handoffSources, readMoney } from './money.ts';
import { composeNetwork, type FoundingRules } from './network.ts';
import { createOfficerDesk } from './officer-desk.ts';
import { composeOverview } from './overview.ts';
import { ASK_TIMEOUT_MS, createAsker, readPageState, sampleNames, verifyBy } from './page.ts';
import { applicationMatters, caseMatters, composePeople, offerMatters } from './people.ts';
import { createSystemPlatform } from './platform.ts';
import { createRoleLogins } from './role-logins.ts';
import { assertSampleFolder } from './sample-folder.ts';
import { CREDENTIAL_KEY, foundSample, foundWinterRelief, SAMPLE, sampleTenant } from './sample-network.ts';
import { SecondProcess } from './second-process.ts';
import { composeSeeing, openHandlesOf, showProcess, watchNetwork } from './seeing.ts';
import { startDatabase } from './start-database.ts';
import { composeStatus } from './status.ts';
import { composeTelling, tellingHandoffs } from './telling.ts';
import { openTrustDoors } from './trust-doors.ts';
import { composeVerifier } from './verifier.ts';

export type StartOptions = {
  readonly port: number;
  /** The public origin; default the loopback address of the port. */
  readonly origin?: string;
  readonly dataFolder: string;
  /** Makes the sample network where there is none yet; without it an empty data folder is refused. */
  readonly sample: boolean;
  /** PEM texts of a certificate and its key for the issuer, instead of the development leaf. */
  readonly leaf?: BroughtLeaf;
  /** Relays of drand, for programs that draw by it; nothing outside is asked unless named here. */
  readonly drandUrls?: readonly string[];
  /** Where networks answer that the verifiers follow beside this one. */
  readonly follow?: readonly string[];
  /** Copies of logs that have ended, for followers that have to read more of one. */
  readonly formerLogs?: readonly FormerLog[];
  /** Where NATS hands on this network's epochs, besides the feed over HTTP. */
  readonly feedUrl?: string;
  /** Proxies in front, who say from which address somebody comes. */
  readonly proxies?: readonly string[];
  /** How people are told of changes (`TellingPlace`); absent: not at all. */
  readonly notify?: string;
  /** What the rulebook of a network that is founded now has otherwise than the sample's. */
  readonly rules?: FoundingRules;
  /** Text of a succession that officers have approved (`holdfast decide succeed`): the network goes on in a new log. */
  readonly succession?: string;
  /** A PostgreSQL to use; default the embedded one. */
  readonly databaseUrl?: string;
  readonly logger: Logger;
  /** What an operator set (`parseBounds`); default as usual. */
  readonly bounds?: Bounds;
  /** Told of what takes its time. */
  readonly report: (words: string) => void;
  /** An OTLP receiver (HTTP) that is told what happens; default as `HOLDFAST_OTLP` or OpenTelemetry's variable says, else none. */
  readonly otlpUrl?: string;
  /** The package of the operators' console; without it `/console/` says that there is none. */
  readonly consoleFolder?: string;
  /** Where operators can log in as well as by a key. */
  readonly oidc?: OidcSettings;
  /** How to start this program again as one verifier, in a process of its own. */
  readonly verifierCommand: (id: string) => readonly [string, ...string[]];
};

export type Holdfast = AsyncDisposable & {
  readonly url: string;
  readonly adminKey: string;
  readonly keysFolder: string;
  /** Settles, with what happened, when it cannot go on: its database is gone for good. Then it should be ended. */
  readonly failed: Promise<unknown>;
};

const SHOWN_ENTRIES = 20;
/** For the least question; a database that takes longer is away for whoever waits. */
const DATABASE_PATIENCE_MS = 1000;

/**
 * Starts the sample network: all roles in this process, verifier south in a second one behind a relay. When that fails
 * half-way, what was started is stopped again.
 */
export async function startHoldfast(options: StartOptions): Promise<Holdfast> {
  await using started = new AsyncDisposableStack();
  const stop = new AbortController();
  try {
    return await start(options, started, stop);
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}

async function start(options: StartOptions, started: AsyncDisposableStack, stop: AbortController): Promise<Holdfast> {
  const { dataFolder, logger, report } = options;
  const app = await createHttpServer(logger, DEFAULT_HTTP_BOUNDS, options.proxies);
  drainOnClose(app);
  const port = await reservePort(options.port);
  const origin = options.origin ?? `http://localhost:${port}`;
  const home = await openHomeFolder(dataFolder, origin);
  await assertSampleFolder(home.path, options.sample || options.succession !== undefined);
  if (options.leaf !== undefined) await bringLeaf(home.keys, CREDENTIAL_KEY, options.leaf, Date.now());
  const adminKey = await readAdminKey(home.keys);
  const seeing = started.use(await composeSeeing(logger, 'holdfast', options.otlpUrl));
  const databaseUrl = options.databaseUrl ?? (await startDatabase({ ...options, seeing }, started, stop));
  if (options.databaseUrl !== undefined) started.use(await claimDatabase(databaseUrl, (error) => stop.abort(error)));
  const { platform, ...system } = createSystemPlatform(logger, seeing, options.bounds, options.formerLogs);
  started.use(system);
  const state = () => governor.follower.state;
  const desk = createOperators({ adminKey, origin, keysFolder: home.keys, state }, platform);
  const { operators } = desk;

  report('opening the log');
  const place = { origin, dataFolder, keysFolder: home.keys };
  const logins = createRoleLogins(databaseUrl, logger);
  const inTables = async (schema: string) => ({ ...place, databaseUrl: await logins.of(schema) });
  const network = started.use(
    await composeNetwork(
      platform,
      {
        ...(await inTables('network')),
        officers: SAMPLE.officers,
        ...bringing(options),
        judges: SAMPLE.judges,
        rules: options.rules ?? {},
      },
      stop.signal,
    ),
  );
  publishFeed(platform, { started, stop: stop.signal, feedUrl: options.feedUrl }, network);
  const followed = { network: network.name, source: network.network };
  const governor = started.use(
    await composeGovernor(platform, { ...(await inTables('governor')), ...followed }, stop.signal),
  );
  await foundSample(platform, governor, place, stop.signal);
  const tenant = await sampleTenant(platform, origin, home.keys);
  const issuer = started.use(
    await composeIssuer(platform, { ...(await inTables('issuer')), ...followed, tenants: [tenant] }, stop.signal),
  );
  const [near, far] = SAMPLE.verifiers;
  const follow = options.follow ?? [];
  const northUrl = await logins.ofVerifier(near.id);
  const north = started.use(
    await composeVerifier(
      platform,
      { ...place, ...followed, ...near, databaseUrl: northUrl, follow, governor: governor.filings },
      stop.signal,
    ),
  );

  const relay = started.use(new Relay({ host: '127.0.0.1', port }));
  const relayPort = await relay.listen();
  const south = new SecondProcess({
    name: far.id,
    command: options.verifierCommand(far.id),
    environment: {
      HOLDFAST_DATABASE: await logins.ofVerifier(far.id),
      HOLDFAST_NETWORK: `http://127.0.0.1:${relayPort}`,
      HOLDFAST_NETWORK_NAME: network.name,
      HOLDFAST_URL: origin,
      HOLDFAST_DATA: dataFolder,
      HOLDFAST_FOLLOW: follow.join(' '),
    },
    clock: platform.clock,
    report: ({ type, detail }) => logger.info({ role: far.id, type, detail }, 'second process'),
  });

  const ledger = started.use(
    await composeLedger(
      platform,
      {
        ...(await inTables('ledger')),
        party: organiserOf(origin),
        state: () => governor.follower.state,
      },
      stop.signal,
    ),
  );
  const relief = started.use(
    await composeDistributor(
      platform,
      {
        ...(await inTables('distributor')),
        ...followed,
        ...SAMPLE.distributor,
        id: organiserOf(origin),
        ledger: () => ledger.ledger,
        governor: governor.filings,
        drandUrls: options.drandUrls ?? [],
        bank: { folder: join(dataFolder, 'bank'), debtor: SAMPLE.debtor },
        // South answers through this origin like everybody; only its way to the network can be cut.
        verifier: { id: far.id, url: `http://127.0.0.1:${port}`, operatorKey: adminKey },
      },
      stop.signal,
    ),
  );

  const eraser = started.use(
    await composeEraser(
      platform,
      {
        ...(await inTables('eraser')),
        parts: [
          issuer.erasable,
          north.erasable,
          createHttpErasable({ url: `http://127.0.0.1:${port}`, verifier: far.id, operatorKey: adminKey }),
          relief.erasable,
          ...governor.erasables,
        ],
        state: () => governor.follower.state,
        verify: async (asked) => (await north.role.verify(asked)).verdict,
      },
      stop.signal,
    ),
  );

  const door = admitRequests(app, { platform, adminKey, operators, state });
  await openapiRoute(app);
  await showProcess(app, { seeing, platform, keysFolder: home.keys, operators, door });
  loadRoute(app, { read: door.read, bounds: boundsOf(platform), operators, backlogs: relief.distributor.backlogs });
  const ask = createAsker(`http://127.0.0.1:${port}`, adminKey);
  networkRoutes(app, { network: network.network, operators });
  openTrustDoors(app, platform, { network: network.network, origin });
  governorRoutes(app, { governor: governor.governor, operators });
  joiningRoutes(app, { joining: governor.joining, operators, clock: platform.clock });
  caseRoutes(app, { ...governor, operators });
  issuerRoutes(app, { issuer: issuer.issuer, keys: operators });
  verifierRoutes(app, { verifiers: [north.role], operators, isShed: door.isShed });
  eraserRoutes(app, eraser);
  distributorRoutes(app, {
    distributor: relief.distributor,
    operators,
    reveal: (record, reveal) => revealTo(relief.beacon, record, reveal),
    reveals: (record) =>
      readReveals(relief.beacon, record, {
        logTime: relief.follower.state.time,
        clockTime: platform.clock.now(),
      }),
  });
  const ownKeys = { distributor: relief.keys, ledger: ledger.ledger.keys, verifier: { id: near.id, keys: north.keys } };
  const keys = openKeyDoors(app, operators, { organiser: organiserOf(origin), ...ownKeys });
  ledgerRoutes(app, { ledger: ledger.ledger, party: organiserOf(origin), operators });
  orderRoutes(app, ledger.cashier);
  const handoffs = handoffSources(relief.distributor, governor.governor);
  const { notify } = options;
  const person = notify === undefined ? undefined : { ...(await inTables('person')), notify };
  const telling = await composePeople(app, platform, {
    ...{ origin, ask, verifier: far.id },
    matters: {
      ...applicationMatters(relief.distributor),
      ...offerMatters(issuer.issuer),
      ...caseMatters(governor.desk),
    },
    readEntries: (from, to) => network.network.fetchEntries(from, to, AbortSignal.timeout(ASK_TIMEOUT_MS)),
    state: () => governor.follower.state,
    ...(person === undefined
      ? {}
      : { notify: async (to) => started.use(await composeTelling(platform, person, to, stop.signal)) }),
  });
  const told = [north.role.webhooks, relief.distributor.webhooks].filter((webhooks) => webhooks !== undefined);
  // The page for everybody shows what waits of money; what a receiver does not take is for operators.
  const reinstated = () => issuer.issuer.handoffs();
  const crossings = [
    ...handoffs,
    reinstated,
    ...[north.filed, relief.filed, async () => incidentHandoffs(governor.follower.state)],
    ...told.map((webhooks) => () => webhooks.handoffs()),
    ...tellingHandoffs(telling),
  ];
  handoffRoutes(app, { sources: crossings, operators });
  await verifierProxy(app, { id: far.id, findUrl: () => south.url });
  fraudRoutes(app, north);
  relayRoutes(app, { relay, operators });
  const readiness = async () => ({
    network: network.network.health().status === 'running' ? 'ready' : network.network.health().status,
    issuer: await readyOr(() => issuer.issuer.awaitReady(SAMPLE.tenant)),
    north: north.follower.position === undefined ? 'has read nothing yet' : 'ready',
    south: south.url === undefined ? 'starting' : 'ready',
    relief: relief.follower.position === undefined ? 'has read nothing yet' : 'ready',
    ledger: ledger.ledger.health().status === 'running' ? 'ready' : ledger.ledger.health().status,
  });
  healthRoutes(app, readiness, door.read);
  const probe = started.use(createDatabaseProbe(await logins.of('network'), DATABASE_PATIENCE_MS));
  const { latest: overview } = composeOverview(
    app,
    platform,
    {
      ...{ origin, dataFolder, operators, readiness, database: probe, handoffs: crossings, ask },
      ...{ ledger: ledger.ledger, organiser: organiserOf(origin), backlogs: relief.distributor.backlogs },
      state: () => network.network.state,
      networkHealth: () => network.network.health(),
      ...{ issuer: { id: SAMPLE.tenant, role: issuer.issuer }, feed: network.network },
      ...{ keys, verifiers: SAMPLE.verifiers, fraud: north.fraud, compared: [near.id, far.id] },
    },
    stop.signal,
  );
  const readLines = createLogLines(
    (from, to) => network.network.fetchEntries(from, to, AbortSignal.timeout(ASK_TIMEOUT_MS)),
    SHOWN_ENTRIES,
  );
  const readShared = createMoneyReader(
    () => {
      const { state } = network.network;
      const { distributor } = relief;
      return readMoney({ state, distributor, handoffs, names: sampleNames(distributor), verifier: far.name });
    },
    platform.clock,
    (error) => logger.warn({ err: error }, 'the page could not read how the money stands'),
  );
  const readStatus = composeStatus(app, {
    ...{ clock: platform.clock, ask, handoffs, compared: [near.id, far.id] },
    state: () => network.network.state,
    log: async () => logOf(network.network.health()),
    verifiers: SAMPLE.verifiers,
  });
  pageRoutes(app, {
    origin,
    readState: () => readPageState(network.network, readLines, ask, readShared),
    verify: (verifier, credential) => verifyBy(ask, verifier, credential),
    revoke: createOfficerDesk({
      keysFolder: home.keys,
      officers: SAMPLE.officers,
      tenant: SAMPLE.tenant,
      issuer: issuer.issuer,
      governor: governor.governor,
    }),
  });
  watchNetwork(seeing.registry, {
    ...{ clock: platform.clock, network: network.network, ledger: ledger.ledger, readStatus },
    ...{ handoffs, backlogs: relief.distributor.backlogs, manualRate: () => governor.desk.manualRate() },
  });
  openHandlesOf(app, { platform, operators }, '/handles', [governor, issuer]);
  openHandlesOf(app, { platform, operators }, `/v/${near.id}/handles`, [north]);
  const { consoleFolder: folder } = options;
  const site = started.use(
    composeConsole(app, platform, { ...desk, adminKey, origin, overview, ...oidcOf(options) }, { folder, report }),
  );
  started.use(south);
  started.defer(() => stop.abort());
  // The door closes first, while everything behind it can still answer who is inside.
  started.defer(() => app.close());
  await listen(app, port);
  report('starting the second verifier');
  await south.start();
  await issuer.issuer.awaitReady(SAMPLE.tenant);
  await foundWinterRelief(platform, { governor, distributor: relief }, place, stop.signal);
  relief.work();
  site.begin();
  stop.signal.throwIfAborted();
  const failed = new Promise<unknown>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(stop.signal.reason), { once: true });
  });
  const running = started.move();
  return { url: origin, adminKey, keysFolder: home.keys, failed, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function logOf({ status, size, lastEpochAt }: NetworkHealth) {
  return { state: status, size, lastEpochAt };
}

export function oidcOf({ oidc }: Pick<StartOptions, 'oidc'>) {
  return oidc === undefined ? {} : { oidc };
}

function bringing({ succession }: StartOptions) {
  return succession === undefined ? {} : { succession };
}

async function readyOr(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ready';
  } catch (error) {
    return error instanceof Error ? error.message : 'not ready';
  }
}
