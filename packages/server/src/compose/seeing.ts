import { join } from 'node:path';
import { CodedError, isCodedError, type ManualRate, type NetworkState } from '@holdfast/core';
import { createPlatformClock, type Follower, within } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { readKeyFile } from '../adapters/home-folder/home-folder.ts';
import type { Door } from '../http/admission/door.ts';
import { tellRequests } from '../http/admission/request-signals.ts';
import { handlesRoute, type OpenHandles } from '../http/handles-route.ts';
import { type HandoffSource, readAnswered } from '../http/handoffs.ts';
import { metricsRoute } from '../http/metrics-route.ts';
import { hashOperatorKey, type OperatorKeys } from '../http/operators.ts';
import type { NetworkStatus } from '../http/status-page/status-state.ts';
import type { Backlog } from '../roles/distributor/intake-pace.ts';
import type { LedgerRole } from '../roles/ledger/ledger.ts';
import type { NetworkRole } from '../roles/network/network-role.ts';
import type { GaugeSource, Registry } from '../seeing/registry.ts';
import { openSeeing, type Seeing, UNSEEN } from '../seeing/seeing.ts';
import type { Signals } from '../seeing/signals.ts';
import { type HandleKeeper, openHandles } from '../seeing/unsealing.ts';
import {
  backlogGauges,
  doorGauges,
  followerGauges,
  handoffGauges,
  ledgerGauges,
  manualGauges,
  moneyGauges,
  networkGauges,
  processGauges,
  statusGauges,
} from './gauges.ts';
import type { Platform } from './platform.ts';
import { sharedReading, timelyReading } from './readings.ts';

/** How long a role may take to say a number; then it is left out. */
const READING_MS = 2000;

/** What a process tells of itself. `otlpUrl`: as it was given, else as OpenTelemetry names it; neither: nothing is sent. */
export function composeSeeing(logger: Logger, service: string, otlpUrl = otlpFromEnvironment()): Promise<Seeing> {
  const clock = createPlatformClock();
  const never = new AbortController().signal;
  return openSeeing({
    ...{ logger, service, now: clock.now },
    ...(otlpUrl === undefined || otlpUrl === '' ? {} : { otlpUrl }),
    within: (work) => within(clock, READING_MS, never, () => work),
  });
}

function otlpFromEnvironment(): string | undefined {
  return process.env.HOLDFAST_OTLP ?? process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
}

/** What opens the numbers of this process and nothing else; beside the other keys, for its owner alone. */
export function readMetricsKey(keysFolder: string): Promise<string> {
  return readKeyFile(join(keysFolder, 'metrics'));
}

export type ShownProcess = {
  readonly seeing: Seeing;
  readonly platform: Pick<Platform, 'clock'>;
  readonly keysFolder: string;
  readonly operators: OperatorKeys;
  readonly door: Pick<Door, 'read' | 'onRefused'>;
};

/** Tells of the requests of this process, and shows its numbers. To be added once its door is open, before its routes. */
export async function showProcess(app: FastifyInstance, shown: ShownProcess): Promise<void> {
  const { seeing, platform, keysFolder, operators, door } = shown;
  const { registry, signals, spans } = seeing;
  tellRequests(app, { signals, spans, clock: platform.clock, onRefused: door.onRefused });
  const readers = { admin: [hashOperatorKey(await readMetricsKey(keysFolder))] };
  metricsRoute(app, { registry, operators, readers });
  registry.watch(() => doorGauges(door.read()));
  registry.watch(processGauges);
}

export type WatchedNetwork = {
  readonly clock: Pick<Platform['clock'], 'now' | 'monotonic' | 'sleep'>;
  readonly network: Pick<NetworkRole, 'health' | 'state'>;
  readonly ledger: Pick<LedgerRole, 'audit' | 'health'>;
  readonly readStatus: () => Promise<NetworkStatus>;
  readonly handoffs: readonly HandoffSource[];
  readonly backlogs: () => Promise<readonly Backlog[]>;
  readonly manualRate: () => ManualRate | undefined;
};

export type OpenableRole = {
  readonly handles: HandleKeeper;
  readonly follower: Pick<Follower, 'state'>;
};

/** Roles of one process that say what they call a credential, once that is decided: at `/handles`, a verifier at its own door. */
export function openHandlesOf(
  app: FastifyInstance,
  { platform, operators }: { readonly platform: Pick<Platform, 'seeing'>; readonly operators: OperatorKeys },
  path: string,
  roles: readonly OpenableRole[],
): void {
  const [first] = roles;
  if (first === undefined) return;
  const signals = signalsOf(platform);
  const keepers = roles.map(({ handles }) => handles);
  const open: OpenHandles = (target, months) =>
    openHandles(keepers, { state: first.follower.state, signals }, target, months);
  handlesRoute(app, { path, open, operators });
}

/** An audit of the ledger adds up all its accounts. */
const AUDIT_SHARED_MS = 30_000;

/** It asks verifiers: what they said last is told while one of them hangs. */
const STATUS_WAIT_MS = 1000;
const STATUS_GOOD_FOR_MS = 120_000;

export function statusNumbers(
  clock: Pick<Platform['clock'], 'monotonic' | 'sleep'>,
  readStatus: () => Promise<NetworkStatus>,
): GaugeSource {
  const patience = { waitMs: STATUS_WAIT_MS, goodForMs: STATUS_GOOD_FOR_MS };
  return timelyReading(clock, patience, async () => statusGauges(await readStatus()));
}

export function moneyNumbers(
  clock: Pick<Platform['clock'], 'monotonic'>,
  { audit }: Pick<LedgerRole, 'audit'>,
): GaugeSource {
  return sharedReading(clock, AUDIT_SHARED_MS, async () => moneyGauges(await audit()));
}

/** Two readings of the same look are one. */
const SHARED_MS = 1_000;
/** One that hangs must not keep back what the others say. */
const CROSSINGS_MS = 1_500;

/** Crossings of a whole network, of all who answer; that somebody does not is a reading that failed. */
export function crossingNumbers(
  clock: Platform['clock'],
  handoffs: readonly HandoffSource[],
): readonly [GaugeSource, GaugeSource] {
  const never = new AbortController().signal;
  const inTime = handoffs.map((source) => () => within(clock, CROSSINGS_MS, never, source));
  const read = sharedReading(clock, SHARED_MS, () => readAnswered(inTime));
  return [
    async () => {
      const { open } = await read();
      return handoffGauges([async () => open], clock.now());
    },
    async () => {
      if (!(await read()).isPartial) return [];
      throw new CodedError('part.unreachable', 'Not every part of this network says what waits there.');
    },
  ];
}

/** The numbers of a whole network, from the roles that know them. */
export function watchNetwork({ watch }: Registry, watched: WatchedNetwork): void {
  const { clock, network, ledger, handoffs } = watched;
  const tickMs = () => network.state.rulebook?.body.tickMs ?? 0;
  watch(() => networkGauges(network.health(), tickMs(), clock.now()));
  watch(() => ledgerGauges(ledger.health()));
  watch(moneyNumbers(clock, ledger));
  watch(statusNumbers(clock, watched.readStatus));
  watch(() => handoffGauges(handoffs, clock.now()));
  watch(async () => backlogGauges(await watched.backlogs()));
  watch(() => manualGauges(watched.manualRate()));
}

export function tellDatabase(signals: Signals, type: string): void {
  if (type === 'lost') signals.partTroubled({ part: 'database', why: 'database.unavailable' });
  if (type === 'recovered') signals.partRecovered({ part: 'database' });
  if (type === 'gone') signals.partStopped({ part: 'database', why: 'database.unavailable' });
}

/** Longer than this behind the promised tick, and a follower is late. */
const LATE_TICKS = 5;

/** Tells of each epoch that a follower reads: how long after it was minted, and which decisions take effect with it. */
export function watchFollower(
  { clock, seeing = UNSEEN }: Pick<Platform, 'clock' | 'seeing'>,
  name: string,
  follower: Follower,
): void {
  const { signals, registry } = seeing;
  let decided: number | undefined;
  let log: string | undefined;
  let wasLate = false;
  let incidents: number | undefined;
  follower.subscribe(({ position, rulebook }) => {
    const { size, time } = position;
    const lagMs = Math.max(0, clock.now() - time);
    if (log === undefined) signals.followerConnected({ follower: name, size });
    else if (log !== position.log) signals.followerWentOver({ follower: name });
    log = position.log;
    signals.epochFollowed({ follower: name, size, lagMs });
    const before = decided;
    decided = countDecided(follower.state);
    if (before !== undefined && decided > before) {
      signals.decisionsTookEffect({ follower: name, size, count: decided - before, afterMs: lagMs });
    }
    const isLate = lagMs > LATE_TICKS * (rulebook?.body.tickMs ?? Number.POSITIVE_INFINITY);
    if (isLate && !wasLate) signals.followerBehind({ follower: name, size, lateMs: lagMs });
    wasLate = isLate;
    const known = follower.state.docket.incidents.size;
    if (name === 'governor' && incidents !== undefined && known > incidents) {
      signals.incidentsRecorded({ count: known - incidents });
    }
    incidents = known;
  });
  registry.watch(() => followerGauges(name, follower, clock.now()));
}

function countDecided({ decided }: Readonly<NetworkState>): number {
  return decided.size;
}

/** What a role reports of what goes wrong, as an event: the code says what it is, and nothing of whom it was about. */
export function troubleOf(
  { seeing = UNSEEN }: Pick<Platform, 'seeing'>,
  part: string,
): (event: { readonly code: string }) => void {
  return ({ code }) => seeing.signals.partTroubled({ part, why: code });
}

/** Of a process whose platform says nothing: nobody is told. */
export function signalsOf({ seeing = UNSEEN }: Pick<Platform, 'seeing'>): Signals {
  return seeing.signals;
}

export function codeIn(error: unknown): string {
  return isCodedError(error) ? error.code : 'internal';
}
