import { statfs } from 'node:fs/promises';
import {
  isJsonObject,
  type JsonObject,
  manualCourse,
  manualRate,
  type NetworkState,
  openCases,
  ownerOfCase,
  wordsOfOwner,
} from '@holdfast/core';
import type { FraudStore } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import type { DatabaseProbe } from '../adapters/postgres/database-probe.ts';
import { type HandoffSource, readHandoffs } from '../http/handoffs.ts';
import type { Readiness } from '../http/health.ts';
import type { OperatorKeys } from '../http/operators.ts';
import { overviewRoutes } from '../http/overview/overview-routes.ts';
import { type Course, traceRoutes } from '../http/overview/trace-routes.ts';
import { casesOf, promisesOf } from '../http/status-page/status-state.ts';
import type { Backlog } from '../roles/distributor/intake-pace.ts';
import { DEFAULT_ISSUER_BOUNDS } from '../roles/issuer/config.ts';
import type { Issuer } from '../roles/issuer/issuer.ts';
import type { LedgerRole } from '../roles/ledger/ledger.ts';
import type { NetworkHealth, NetworkRole } from '../roles/network/network-role.ts';
import { backlogFacts } from '../roles/overview/backlog-facts.ts';
import { type CoursePoint, createCourseBook } from '../roles/overview/course-book.ts';
import { createCredentialTraces } from '../roles/overview/credential-trace.ts';
import { createDecisionBook } from '../roles/overview/decision-book.ts';
import { type Compared, readDisagreements } from '../roles/overview/disagreements.ts';
import type { FactSource } from '../roles/overview/fact-source.ts';
import { createOverviewDesk, type OverviewDesk } from '../roles/overview/overview-desk.ts';
import type { AskVerifier } from '../roles/person/verdict-course.ts';
import type { Platform } from './platform.ts';

export type OverviewPlace = {
  readonly origin: string;
  readonly dataFolder: string;
  readonly operators: OperatorKeys;
  readonly state: () => Readonly<NetworkState>;
  readonly networkHealth: () => NetworkHealth;
  readonly readiness: Readiness;
  readonly database: Pick<DatabaseProbe, 'isAnswering'>;
  readonly ledger: Pick<LedgerRole, 'health' | 'audit'>;
  readonly organiser: string;
  readonly handoffs: readonly HandoffSource[];
  readonly backlogs: () => Promise<readonly Backlog[]>;
  readonly issuer: { readonly id: string; readonly role: Pick<Issuer, 'readLists' | 'readIssued'> };
  readonly feed: Pick<NetworkRole, 'stream' | 'readEntries'>;
  readonly verifiers: readonly { readonly id: string; readonly name: string }[];
  /** Where the first of them keeps proofs. */
  readonly fraud: Pick<FraudStore, 'readFraud'>;
  readonly ask: AskVerifier;
  readonly compared: Compared;
};

/** Who runs this process: it has no name of its own. */
const HOST = 'whoever runs this server';
/** Below it a database soon takes no row more. `holdfast doctor` looks for the same. */
const LEAST_FREE_BYTES = 500 * 2 ** 20;
const AUDITED_FOR_MS = 30_000;
const COMPARED_FOR_MS = 15_000;

/** What is wrong with this network: looked at again and again until `stop`, and answered at its door. */
export function composeOverview(
  app: FastifyInstance,
  { clock, logger }: Pick<Platform, 'clock' | 'logger'>,
  place: OverviewPlace,
  stop: AbortSignal,
): OverviewDesk {
  const desk = createOverviewDesk({
    ...{ clock, host: HOST, origin: place.origin, sources: sourcesOf(place) },
    tickMs: () => place.state().rulebook?.body.tickMs ?? 0,
  });
  overviewRoutes(app, { desk, operators: place.operators });
  const book = createDecisionBook({
    ...{ clock, stream: place.feed.stream, readEntries: place.feed.readEntries },
    size: () => place.networkHealth().size,
    verifiers: place.verifiers.map(({ id }) => id),
    readFollowers: () => followersOf(place),
    publishedAsOf: () => oldestToken(place),
    report: (error) => logger.warn({ err: error }, 'when a decision took effect could not be seen'),
  });
  const { ask, state, operators, compared, issuer } = place;
  const traces = createCredentialTraces({
    ask,
    state,
    book,
    readIssued: (tenant, label) => issuer.role.readIssued(tenant, label),
  });
  const disagreements = () => readDisagreements(ask, compared);
  const points = createCourseBook(clock, async () => pointOf(place, clock.now()));
  const course = () => courseOf(state(), points.read());
  traceRoutes(app, { book, traces, disagreements, operators, course, ages: desk.ages });
  app.addHook('onReady', async () => {
    void Promise.all([desk.run(stop), book.run(stop), points.run(stop)]).catch((error: unknown) =>
      logger.error({ err: error }, 'nobody looks at what is wrong any more'),
    );
  });
  return desk;
}

async function pointOf({ handoffs, backlogs, state }: OverviewPlace, now: number): Promise<CoursePoint> {
  const [crossing, programs] = await Promise.all([readHandoffs(handoffs), backlogs()]);
  const { open, overdue } = promisesOf(crossing, state(), now);
  const { open: openCases, overdue: overdueCases } = casesOf(state(), now);
  const paces = programs.flatMap(({ perSecond }) => perSecond ?? []);
  return {
    ...{ at: now, open, overdue, openCases, overdueCases },
    waiting: programs.reduce((sum, { waiting }) => sum + waiting, 0),
    ...(paces.length === 0 ? {} : { perSecond: paces.reduce((sum, pace) => sum + pace, 0) }),
  };
}

function courseOf(state: Readonly<NetworkState>, points: readonly CoursePoint[]): Course {
  const rate = manualRate(state);
  const late = [...state.late].map(([issuer, entries]) => ({
    issuer,
    count: entries.reduce((sum, { count }) => sum + count, 0),
  }));
  return {
    manual: rate === undefined ? null : { rate, parts: manualCourse(state) },
    lateRevocations: late.filter(({ count }) => count > 0),
    points,
  };
}

async function followersOf({ ask, verifiers }: OverviewPlace): Promise<ReadonlyMap<string, number>> {
  const read = await Promise.all(
    verifiers.map(async ({ id }) => {
      const answer = await ask(`/v/${encodeURIComponent(id)}`).catch(() => undefined);
      const position = isJsonObject(answer) ? answer.position : undefined;
      return isJsonObject(position) ? [[id, Number(position.size)] as const] : [];
    }),
  );
  return new Map(read.flat());
}

/** A decision is published once every list says it: it names none. Undefined while one of them is behind. */
function oldestToken({ issuer }: OverviewPlace): number | undefined {
  const { lists } = issuer.role.readLists(issuer.id);
  const times = lists.flatMap(({ publishedAsOf }) => publishedAsOf ?? []);
  return times.length === 0 || lists.some(({ isBehind }) => isBehind === true) ? undefined : Math.min(...times);
}

function sourcesOf(place: OverviewPlace): readonly FactSource[] {
  const own = (part: string, read: FactSource['read']): FactSource => ({ part, owner: HOST, read });
  const stored = (part: string, read: FactSource['read']): FactSource => ({ ...own(part, read), needs: 'database' });
  return [
    own('database', async () => ({ database: { isAnswering: await place.database.isAnswering() } })),
    own('disk', () => diskFact(place.dataFolder)),
    own('network', async () => networkFacts(place)),
    own('parts', async () => partFacts(await place.readiness())),
    own('ledger', async () => ledgerFact(place)),
    { ...stored('ledger accounts', () => auditFact(place)), keptForMs: AUDITED_FOR_MS },
    stored('handoffs', () => handoffFacts(place)),
    stored('fraud proofs', async () => fraudFacts(place)),
    own('cases', async () => caseFacts(place.state())),
    own('status lists', async () => listFacts(place)),
    ...place.verifiers.map((verifier) => ({
      ...own(verifier.id, () => verifierFact(place, verifier)),
      whenSilent: { verifiers: [awayOf(verifier)] },
    })),
    ...place.verifiers.map(({ id }) => own(`checks of ${id}`, () => checkFacts(place, id))),
    { ...own('comparison', () => comparisonFact(place)), needs: 'database', keptForMs: COMPARED_FOR_MS },
  ];
}

async function diskFact(folder: string) {
  const { bavail, bsize } = await statfs(folder);
  return { disk: { freeBytes: Number(bavail) * Number(bsize), leastBytes: LEAST_FREE_BYTES } };
}

function networkFacts({ networkHealth, state }: OverviewPlace) {
  const { status, why, size, lastEpochAt, appendsWaiting, witnesses } = networkHealth();
  const quorum = state().rulebook?.body.witnesses?.quorum ?? 0;
  return {
    log: { owner: HOST, state: status, size, lastEpochAt, appendsWaiting, ...(why === undefined ? {} : { why }) },
    witnesses: witnesses.map((standing) => ({
      ...{ name: standing.witness, quorum },
      ...(standing.time === undefined ? {} : { saidAt: standing.time }),
      ...(standing.why === undefined ? {} : { why: standing.why }),
    })),
  };
}

function partFacts(parts: Awaited<ReturnType<Readiness>>) {
  return { parts: Object.entries(parts).map(([part, state]) => ({ part, state, owner: HOST })) };
}

function ledgerFact({ ledger, organiser }: OverviewPlace) {
  const { status, why } = ledger.health();
  return { ledger: { owner: organiser, state: status, ...(why === undefined ? {} : { why }) } };
}

async function auditFact({ ledger }: OverviewPlace) {
  const { holds } = await ledger.audit();
  return { ledgerHolds: holds };
}

async function handoffFacts({ handoffs, backlogs, organiser }: OverviewPlace) {
  const [{ handoffs: open }, waiting] = await Promise.all([readHandoffs(handoffs), backlogs()]);
  return { handoffs: open, backlogs: backlogFacts(open, waiting, organiser) };
}

async function fraudFacts({ fraud, verifiers: [holder] }: OverviewPlace) {
  return { frauds: (await fraud.readFraud()).map(({ digest }) => ({ digest, heldBy: holder?.id ?? HOST })) };
}

function caseFacts(state: Readonly<NetworkState>) {
  return {
    cases: openCases(state).map((record) => ({
      ...{ id: record.id, class: record.class, dueAt: record.dueAt },
      owner: wordsOfOwner(ownerOfCase(record)),
    })),
    incidents: [...state.docket.incidents.values()],
    logTime: state.time,
    isTooManual: manualRate(state)?.isOver === true,
  };
}

function listFacts({ issuer }: OverviewPlace) {
  const { listTokenLifeMs, listTtlMs } = DEFAULT_ISSUER_BOUNDS;
  return {
    lists: issuer.role.readLists(issuer.id).lists.flatMap(({ uri, publishedAsOf }) =>
      publishedAsOf === undefined
        ? []
        : [
            {
              ...{ list: uri, issuer: issuer.id, owner: issuer.id, asOf: publishedAsOf },
              ...{ endsAt: publishedAsOf + listTokenLifeMs, renewedWithinMs: listTtlMs },
            },
          ],
    ),
  };
}

function awayOf({ id, name }: OverviewPlace['verifiers'][number]) {
  return { id, name, owner: id, isAnswering: false };
}

async function verifierFact({ ask }: OverviewPlace, { id, name }: OverviewPlace['verifiers'][number]) {
  const away = awayOf({ id, name });
  const answer = await ask(`/v/${encodeURIComponent(id)}`).catch(() => undefined);
  if (!isJsonObject(answer)) return { verifiers: [away] };
  const { party, position, health } = answer;
  const time = isJsonObject(position) ? Number(position.time) : undefined;
  const why = isJsonObject(health) && health.state === 'stopped' ? String(health.why) : undefined;
  return {
    verifiers: [
      {
        ...{ ...away, owner: typeof party === 'string' ? party : id, isAnswering: true },
        ...(time === undefined ? {} : { readAt: time }),
        ...(why === undefined ? {} : { contradiction: why }),
      },
    ],
  };
}

async function checkFacts({ ask }: OverviewPlace, id: string) {
  const answer = await ask(`/v/${encodeURIComponent(id)}/policy`).catch(() => undefined);
  const lanes = isJsonObject(answer) && isJsonObject(answer.checks) ? Object.entries(answer.checks) : [];
  return {
    checks: lanes
      .filter((lane): lane is [string, JsonObject] => isJsonObject(lane[1]))
      .map(([check, { breaker, waiting }]) => ({
        ...{ verifier: id, check, owner: `whoever answers ${check}` },
        ...{ isOpen: breaker !== 'closed', waiting: Number(waiting ?? 0) },
      })),
  };
}

async function comparisonFact({ ask, compared }: OverviewPlace) {
  const { compared: count, differing } = await readDisagreements(ask, compared);
  const unexplained = differing.filter(({ cause }) => cause === 'unexplained' || cause === 'fork');
  return { disagreements: { compared: count, unexplained: unexplained.map(({ verdicts: [first] }) => first) } };
}
