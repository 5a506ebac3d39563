import type { FraudStore } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import type { DatabaseProbe } from '../adapters/postgres/database-probe.ts';
import type { Readiness } from '../http/health.ts';
import type { OperatorKeys } from '../http/operators.ts';
import { overviewRoutes } from '../http/overview/overview-routes.ts';
import { traceRoutes } from '../http/overview/trace-routes.ts';
import type { Backlog } from '../roles/distributor/intake-pace.ts';
import type { Issuer } from '../roles/issuer/issuer.ts';
import type { LedgerRole } from '../roles/ledger/ledger.ts';
import type { NetworkHealth, NetworkRole } from '../roles/network/network-role.ts';
import { createCourseBook } from '../roles/overview/course-book.ts';
import { type CredentialTracePorts, createCredentialTraces } from '../roles/overview/credential-trace.ts';
import { createDecisionBook, type DecisionBookPorts } from '../roles/overview/decision-book.ts';
import { type Compared, readDisagreements } from '../roles/overview/disagreements.ts';
import type { FactSource } from '../roles/overview/fact-source.ts';
import { createOverviewDesk, type OverviewDesk } from '../roles/overview/overview-desk.ts';
import type { AskVerifier } from '../roles/person/verdict-course.ts';
import { UNSEEN } from '../seeing/seeing.ts';
import { type CoursePlace, courseOf, pointOf } from './course.ts';
import {
  caseFacts,
  diskFact,
  fraudFacts,
  handoffFacts,
  ledgerSources,
  listFacts,
  type NamedVerifier,
  networkFacts,
  outletFacts,
  partFacts,
  readFollowers,
  sourcesBy,
  verifierSources,
} from './facts.ts';
import { findingGauges } from './gauges.ts';
import type { Platform } from './platform.ts';
import { codeIn, signalsOf } from './seeing.ts';

/** Where whoever looks at what is wrong gets it from, in this process or from others. */
export type LookingPlace = CoursePlace & {
  readonly origin: string;
  readonly operators: OperatorKeys;
  /** Who runs the process that looks: it has no name of its own. */
  readonly host: string;
  readonly sources: readonly FactSource[];
  readonly book: Pick<DecisionBookPorts, 'stream' | 'readEntries' | 'size' | 'publishedAsOf'>;
  readonly readIssued: CredentialTracePorts['readIssued'];
  readonly verifiers: readonly NamedVerifier[];
  readonly ask: AskVerifier;
  /** Two whose answers are compared; absent where there are no two. */
  readonly compared: Compared | undefined;
};

/** What is wrong with this network: looked at again and again until `stop`, and answered at its door. */
export function composeLooking(
  app: FastifyInstance,
  platform: Pick<Platform, 'clock' | 'seeing'>,
  place: LookingPlace,
  stop: AbortSignal,
): OverviewDesk {
  const { clock, seeing = UNSEEN } = platform;
  const signals = signalsOf(platform);
  const { ask, state, operators, compared, verifiers, origin, host, sources } = place;
  const tickMs = () => state().rulebook?.body.tickMs ?? 0;
  const desk = createOverviewDesk({ clock, host, origin, sources, tickMs });
  overviewRoutes(app, { desk, operators });
  seeing.registry.watch(() => findingGauges(desk.latest()?.findings ?? []));
  const book = createDecisionBook({
    ...{ ...place.book, signals, clock, verifiers: verifiers.map(({ id }) => id) },
    readFollowers: () => readFollowers(ask, verifiers),
    report: (error) => signals.partTroubled({ part: 'overview', why: codeIn(error) }),
  });
  const traces = createCredentialTraces({ ask, state, book, readIssued: place.readIssued });
  const disagreements = async () =>
    compared === undefined ? { compared: 0, differing: [] } : readDisagreements(ask, compared);
  const points = createCourseBook(clock, async () => pointOf(place, clock.now()));
  const course = () => courseOf(state(), points.read());
  traceRoutes(app, { book, traces, disagreements, operators, course, ages: desk.ages });
  app.addHook('onReady', async () => {
    void Promise.all([desk.run(stop), book.run(stop), points.run(stop)]).catch((error: unknown) =>
      signals.partStopped({ part: 'overview', why: codeIn(error) }),
    );
  });
  return desk;
}

export type OverviewPlace = Omit<LookingPlace, 'host' | 'sources' | 'book' | 'readIssued'> & {
  readonly dataFolder: string;
  readonly networkHealth: () => NetworkHealth;
  readonly readiness: Readiness;
  readonly database: Pick<DatabaseProbe, 'isAnswering'>;
  readonly ledger: Pick<LedgerRole, 'health' | 'audit'>;
  readonly organiser: string;
  readonly backlogs: () => Promise<readonly Backlog[]>;
  readonly issuer: { readonly id: string; readonly role: Pick<Issuer, 'readLists' | 'readIssued'> };
  readonly feed: Pick<NetworkRole, 'stream' | 'readEntries'>;
  /** What each role says of its keys. */
  readonly keys: readonly FactSource[];
  /** Where the first of the verifiers keeps proofs. */
  readonly fraud: Pick<FraudStore, 'readFraud'>;
};

const HOST = 'whoever runs this server';

/** The same where all roles run in this process. */
export function composeOverview(
  app: FastifyInstance,
  platform: Pick<Platform, 'clock' | 'seeing'>,
  place: OverviewPlace,
  stop: AbortSignal,
): OverviewDesk {
  const { feed, issuer, networkHealth } = place;
  const book = {
    ...{ stream: feed.stream, readEntries: feed.readEntries, size: () => networkHealth().size },
    publishedAsOf: async () => oldestToken(place),
  };
  const readIssued = (tenant: string, label: string) => issuer.role.readIssued(tenant, label);
  return composeLooking(
    app,
    platform,
    { ...place, host: HOST, sources: sourcesOf(platform, place), book, readIssued },
    stop,
  );
}

/** A decision is published once every list says it: it names none. Undefined while one of them is behind. */
function oldestToken({ issuer }: OverviewPlace): number | undefined {
  const { lists } = issuer.role.readLists(issuer.id);
  const times = lists.flatMap(({ publishedAsOf }) => publishedAsOf ?? []);
  return times.length === 0 || lists.some(({ isBehind }) => isBehind === true) ? undefined : Math.min(...times);
}

function sourcesOf(platform: Pick<Platform, 'seeing'>, place: OverviewPlace): readonly FactSource[] {
  const by = sourcesBy(HOST);
  const { own, stored } = by;
  const { ask, verifiers, compared, state, issuer, organiser } = place;
  const quorum = () => state().rulebook?.body.witnesses?.quorum ?? 0;
  return [
    own('database', async () => ({ database: { isAnswering: await place.database.isAnswering() } })),
    own('disk', () => diskFact(place.dataFolder)),
    own('outlets', async () => outletFacts(platform, 'this server')),
    own('network', async () => networkFacts(place.networkHealth(), quorum(), HOST)),
    own('parts', async () => partFacts(await place.readiness(), HOST)),
    ...ledgerSources(by, { health: () => place.ledger.health(), audit: () => place.ledger.audit() }, organiser),
    stored('handoffs', () => handoffFacts(place.handoffs, place.backlogs, organiser)),
    stored('fraud proofs', () => fraudFacts(place.fraud, verifiers[0]?.id ?? HOST)),
    own('cases', async () => caseFacts(state())),
    own('status lists', async () => listFacts(issuer.role, issuer.id)),
    ...place.keys,
    ...verifierSources(by, ask, verifiers, compared),
  ];
}
