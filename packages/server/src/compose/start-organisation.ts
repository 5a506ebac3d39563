import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CodedError, createNetworkState, type Party } from '@holdfast/core';
import type { FormerLog } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import {
  type HomeFolder,
  openHomeFolder,
  readAdminKey,
  readOptional,
  writeWhole,
} from '../adapters/home-folder/home-folder.ts';
import { createHttpNetwork } from '../adapters/http-network/http-network.ts';
import type { OidcSettings } from '../adapters/oidc/oidc-settings.ts';
import { loadRoute } from '../http/admission/load-route.ts';
import { partErasingRoutes } from '../http/eraser/part-routes.ts';
import { type HandoffSource, handoffRoutes } from '../http/handoffs.ts';
import { healthRoutes } from '../http/health.ts';
import { createHttpServer, DEFAULT_HTTP_BOUNDS } from '../http/server.ts';
import { admitRequests } from './admitting.ts';
import { startDistributorPart } from './alone/distributor-part.ts';
import { type EraserDescription, startEraserPart } from './alone/eraser-part.ts';
import { startGovernorPart } from './alone/governor-part.ts';
import { credentialKeyOf, type IssuerDescription, startIssuerPart } from './alone/issuer-part.ts';
import { startLedgerPart } from './alone/ledger-part.ts';
import { loginPassword } from './alone/login-password.ts';
import { startNetworkPart } from './alone/network-part.ts';
import { type OwnDistributor, prepareDistributor } from './alone/own-distributor.ts';
import { type PagesDescription, startPagesPart } from './alone/pages-part.ts';
import type { Part, PartPlace } from './alone/part.ts';
import { showPart, watchParts } from './alone/shown-part.ts';
import { startVerifierPart } from './alone/verifier-part.ts';
import { type Bounds, boundsOf } from './bounds.ts';
import { type BroughtLeaf, bringLeaf } from './brought-leaf.ts';
import { composeConsole, createOperators, type Operators } from './console.ts';
import { claimDatabase } from './database-claim.ts';
import { drainOnClose } from './draining.ts';
import { followFeed } from './feed-channel.ts';
import { listen, reservePort } from './listening.ts';
import { readNetworkName } from './network-name.ts';
import { createSystemPlatform, type Platform } from './platform.ts';
import { createRoleLogins } from './role-logins.ts';
import { composeSeeing, showProcess } from './seeing.ts';
import { oidcOf } from './start.ts';
import { startDatabase } from './start-database.ts';

/** Roles that run alone: an organisation's own against somebody else's network, or those of a network apart from each other. */
export const ORGANISATION_ROLES = [
  'network',
  'governor',
  'verifier',
  'issuer',
  'ledger',
  'distributor',
  'eraser',
  'pages',
] as const;
export type OrganisationRole = (typeof ORGANISATION_ROLES)[number];

export type OrganisationStart = {
  readonly port: number;
  /** The address of this machine to listen on; default loopback. */
  readonly listen?: string;
  readonly origin?: string;
  /** Where other processes of the same roles reach this one; default loopback at its port. */
  readonly address?: string;
  readonly dataFolder: string;
  /** A PostgreSQL for any number of processes; without it an embedded one for this process alone. */
  readonly databaseUrl?: string;
  /** Not needed where the network is among the roles. */
  readonly networkUrl?: string;
  /** Its pinned name; without it the one that answers there the first time is kept, and no other believed from then on. */
  readonly networkName?: string;
  readonly roles: readonly OrganisationRole[];
  readonly verifier: { readonly id: string; readonly name: string };
  readonly issuer?: IssuerDescription;
  /** The issuer's certificate and key, instead of a development leaf. */
  readonly leaf?: BroughtLeaf;
  /** A distributor and its ledger, in their own words, to be made here; later starts know it from the data folder. */
  readonly distributor?: OwnDistributor;
  /** Where the governor answers, with which roles file; default where the network does. */
  readonly governorUrl?: string;
  /** Where a distributor's neighbours answer; default where the network does. */
  readonly ledgerUrl?: string;
  readonly verifierUrl?: string;
  /** Opens the doors of that verifier; default this process's own operator key. */
  readonly verifierKey?: string;
  readonly drandUrls?: readonly string[];
  /** Proxies in front, who say from which address somebody comes. */
  readonly proxies?: readonly string[];
  readonly follow?: readonly string[];
  /** Copies of logs that have ended, for followers that have to read more of one. */
  readonly formerLogs?: readonly FormerLog[];
  /** Where NATS hands on the network's epochs (`nats://host:4222`); HTTP serves them all the same. */
  readonly feedUrl?: string;
  /** How people are told of changes (`TellingPlace`); absent: not at all. */
  readonly notify?: string;
  /** The package of the operators' console; without it `/console/` says that there is none. */
  readonly consoleFolder?: string;
  /** Where operators can log in as well as by a key. */
  readonly oidc?: OidcSettings;
  readonly logger: Logger;
  /** What an operator set (`parseBounds`); default as usual. */
  readonly bounds?: Bounds;
  readonly report: (words: string) => void;
};

export type Organisation = AsyncDisposable & {
  readonly url: string;
  readonly network: string;
  /** Files that describe its parties: what officers of the network have to accredit. */
  readonly requests: readonly { readonly party: string; readonly file: string }[];
  readonly failed: Promise<unknown>;
};

/**
 * Roles alone: each with its own keys and login, its neighbours found by their addresses, any number of processes of each on one
 * database. A verifier or issuer starts at once; until officers of the network have accredited it, its issuer hands nothing
 * out, and its verdicts count as nobody's.
 */
export async function startOrganisation(options: OrganisationStart): Promise<Organisation> {
  await using started = new AsyncDisposableStack();
  const stop = new AbortController();
  try {
    return await start(options, started, stop);
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}

async function start(
  options: OrganisationStart,
  started: AsyncDisposableStack,
  stop: AbortController,
): Promise<Organisation> {
  const { dataFolder, logger, roles } = options;
  const port = await reservePort(options.port);
  const origin = options.origin ?? `http://localhost:${port}`;
  const home = await openHomeFolder(dataFolder, origin);
  await bringOwn(home, options);
  const adminKey = await readAdminKey(home.keys);
  const seeing = started.use(await composeSeeing(logger, `holdfast-${roles.join('-')}`));
  const { platform, ...system } = createSystemPlatform(logger, seeing, options.bounds, options.formerLogs);
  started.use(system);
  const parts: Part[] = [];
  // Before the first part has read anything nobody is an officer, and no program is open.
  const nothing = createNetworkState();
  const state = () => parts.find((part) => part.state !== undefined)?.state?.() ?? nothing;
  const { officers, ...desk } = createOperators({ adminKey, origin, keysFolder: home.keys, state }, platform);
  const { operators } = desk;
  const isShared = options.databaseUrl !== undefined;
  // A ledger reaches nobody, so it need not know whose network it is in.
  const needsNetwork = roles.some((role) => role !== 'ledger') && !roles.includes('network');
  const pinned = needsNetwork ? await pinNetwork(platform, options) : undefined;
  const databaseUrl = options.databaseUrl ?? (await startDatabase({ ...options, seeing }, started, stop));
  if (isShared) started.use(await claimDatabase(databaseUrl, (error) => stop.abort(error), 'shared'));
  const app = await createHttpServer(logger, DEFAULT_HTTP_BOUNDS, options.proxies);
  drainOnClose(app);
  const door = admitRequests(app, { platform, adminKey, operators, state });
  await showProcess(app, { seeing, platform, keysFolder: home.keys, operators, door });
  const common = {
    ...{ platform, app, operators, started, origin, dataFolder, keysFolder: home.keys, isShared, stop: stop.signal },
    logins: createRoleLogins(databaseUrl, logger, (holder) => loginPassword(home.keys, holder, isShared)),
    follow: options.follow ?? [],
    feedUrl: options.feedUrl,
    isShed: door.isShed,
    by: { holder: randomBytes(12).toString('base64url'), address: options.address ?? `http://127.0.0.1:${port}` },
  };
  const here = roles.includes('network') ? await startNetworkPart(common) : undefined;
  const networkUrl = options.networkUrl ?? `http://127.0.0.1:${port}`;
  const name = here?.network.name ?? pinned ?? '';
  const place: PartPlace = {
    ...common,
    ...{ network: name, networkUrl, governorUrl: options.governorUrl ?? networkUrl },
    source:
      here?.network ??
      followFeed(platform, common, { name, source: createHttpNetwork({ url: networkUrl, clock: platform.clock }) }),
  };
  parts.push(...(here === undefined ? [] : [here]), ...(await startParts(place, options, adminKey)));
  const backlogs = parts.find((part) => part.backlogs !== undefined)?.backlogs;
  loadRoute(app, {
    read: door.read,
    bounds: boundsOf(platform),
    operators,
    ...(backlogs === undefined ? {} : { backlogs }),
  });
  healthRoutes(app, () => readHealth(parts), door.read);
  for (const part of parts) showPart(place, part);
  watchParts(place, seeing.registry, parts);
  const sources = crossingsOf(parts);
  const erasables = parts.flatMap((part) => part.erasables ?? []);
  if (erasables.length > 0) partErasingRoutes(app, { parts: erasables, operators });
  handoffRoutes(app, { sources, operators });
  const requests = await Promise.all(partiesOf(parts).map((party) => writeRequest(dataFolder, party)));
  const site = started.use(
    composeConsole(
      app,
      platform,
      { ...desk, adminKey, origin, ...hereOf(roles, parts, officers), ...lookingOf(parts), ...oidcOf(options) },
      { folder: options.consoleFolder, report: options.report },
    ),
  );
  return open(place, { site, parts, port, host: options.listen ?? '127.0.0.1', requests }, started, stop);
}

/** What it is told about itself, kept where later starts and `holdfast divide` find it. */
async function bringOwn({ path, keys }: HomeFolder, { issuer, leaf }: OrganisationStart): Promise<void> {
  if (issuer === undefined) return;
  await writeWhole(join(path, 'issuer.json'), `${JSON.stringify(issuer, null, 2)}\n`);
  if (leaf !== undefined) await bringLeaf(keys, credentialKeyOf(issuer), leaf, Date.now());
}

async function startParts(place: PartPlace, options: OrganisationStart, adminKey: string): Promise<readonly Part[]> {
  const { networkUrl } = place;
  if (options.distributor !== undefined) await prepareDistributor(place, options.distributor);
  const { ledgerUrl = networkUrl, verifierUrl = networkUrl, verifierKey = adminKey, drandUrls = [] } = options;
  const starts: Readonly<Record<Exclude<OrganisationRole, 'network'>, () => Promise<Part>>> = {
    governor: () => startGovernorPart(place),
    verifier: () => startVerifierPart(place, options.verifier),
    issuer: () => startIssuerPart(place, options.issuer),
    ledger: () => startLedgerPart(place),
    distributor: () => startDistributorPart(place, { ledgerUrl, verifierUrl, verifierKey, drandUrls }),
    eraser: () => startEraserPart(place, verifierKey, erasableHere(options)),
    pages: () => startPagesPart(place, { operatorKey: verifierKey, ...notifyOf(options) }, pagesHere(options)),
  };
  const parts: Part[] = [];
  for (const role of ORGANISATION_ROLES) {
    if (role !== 'network' && options.roles.includes(role)) parts.push(await starts[role]());
  }
  return parts;
}

/** Who keeps something about people in this process, where nobody says whom to ask. */
function erasableHere({ roles, verifier }: OrganisationStart): EraserDescription | undefined {
  if (!roles.includes('verifier')) return undefined;
  const parts = roles.flatMap((role) => (role === 'governor' ? ['governor', 'cases'] : [role]));
  const keeping = ['issuer', 'distributor', 'governor', 'cases'].filter((part) => parts.includes(part));
  return { parts: keeping, verifiers: [verifier.id] };
}

/** Who is looked at in this process, where nobody says whom to ask. */
function pagesHere({ roles, verifier }: OrganisationStart): PagesDescription | undefined {
  if (!roles.includes('verifier')) return undefined;
  const parts = roles.filter((role) => role !== 'verifier' && role !== 'pages');
  return { parts, verifiers: [verifier], verifier: verifier.id };
}

type Opening = {
  readonly site: { readonly begin: () => void };
  readonly parts: readonly Part[];
  readonly port: number;
  readonly host: string;
  readonly requests: Organisation['requests'];
};

async function open(
  { app, origin, network }: PartPlace & { readonly app: FastifyInstance },
  { site, parts, port, host, requests }: Opening,
  started: AsyncDisposableStack,
  stop: AbortController,
): Promise<Organisation> {
  started.defer(() => stop.abort());
  started.defer(() => app.close());
  // Before the door closes: what only one process does is done by the next one while this one still answers.
  started.defer(async () => {
    await Promise.all(parts.map((part) => part.yieldTurn?.()));
  });
  await listen(app, port, host);
  for (const part of parts) part.work?.();
  site.begin();
  const failed = new Promise<unknown>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(stop.signal.reason), { once: true });
  });
  const running = started.move();
  return { url: origin, network, requests, failed, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Those of the whole network where this process gathers them, else those of its own roles. */
function crossingsOf(parts: readonly Part[]): readonly HandoffSource[] {
  const gathered = parts.find(({ crossings }) => crossings !== undefined)?.crossings;
  return gathered ?? parts.flatMap(({ handoffs }) => (handoffs === undefined ? [] : [handoffs]));
}

function partiesOf(parts: readonly Part[]): readonly Party[] {
  return parts.flatMap(({ party }) => (party === undefined ? [] : [party]));
}

/** What a network is not whole without, to whoever works with it in the console. */
const WHOLE = ['network', 'governor', 'verifier', 'issuer', 'ledger', 'distributor', 'pages'] as const;

/**
 * Whose pages the console shows: nothing is said where a whole network answers at this origin. Officers log in where their
 * governor answers: elsewhere they are somebody else's officers, and whoever runs a verifier has not let them in.
 */
function hereOf(roles: readonly string[], parts: readonly Part[], officers: Operators['officers']) {
  const here = new Set([...roles, ...parts.flatMap(({ answered = [] }) => answered)]);
  const seat = officers !== undefined && here.has('governor') ? { officers } : {};
  if (WHOLE.every((role) => here.has(role))) return seat;
  return { ...seat, roles: [...here], parties: partiesOf(parts) };
}

function lookingOf(parts: readonly Part[]) {
  const overview = parts.find((part) => part.overview !== undefined)?.overview;
  return overview === undefined ? {} : { overview };
}

function notifyOf({ notify }: OrganisationStart) {
  return notify === undefined ? {} : { notify };
}

async function readHealth(parts: readonly Part[]): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(parts.map(async ({ name, readiness }) => [name, await readiness()])));
}

/** Pinned once: whatever answers at the address later is that network, or is not believed. */
async function pinNetwork(
  { clock }: Platform,
  { dataFolder, networkUrl, networkName }: OrganisationStart,
): Promise<string> {
  const file = join(dataFolder, 'network');
  const pinned = (await readOptional(file))?.trim();
  if (networkUrl === undefined) {
    throw new CodedError('usage.roles', 'Roles of your own need the network that they belong to: --network URL.');
  }
  const name = pinned ?? networkName ?? (await readNetworkName(networkUrl, clock));
  if (networkName !== undefined && networkName !== name) {
    throw new CodedError('data.other-network', `The data in ${dataFolder} belong to the network ${name}.`, { name });
  }
  if (pinned === undefined) await writeWhole(file, `${name}\n`);
  return name;
}

async function writeRequest(dataFolder: string, party: Party): Promise<{ party: string; file: string }> {
  const file = join(dataFolder, `accredit-${party.kind}.json`);
  await writeWhole(file, `${JSON.stringify(party, null, 2)}\n`);
  return { party: party.id, file };
}
