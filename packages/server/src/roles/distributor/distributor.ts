import {
  CodedError,
  type Instruction,
  type OpenHandoffs,
  type ProgramPhase,
  type ProgramRecord,
  type ProgramRules,
  phaseOf,
  slotsOf,
  type Version,
} from '@holdfast/core';
import type { Filings } from '../../filing/filings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeptApplication } from '../../ports/distributor-store.ts';
import type { OwnApplication } from '../../ports/matters.ts';
import type { Outbox } from '../../ports/outbox.ts';
import type { KeptNotice } from '../../ports/settlement-store.ts';
import { createEvents, type Events, type SendEvent } from '../../telling/events.ts';
import { createWebhooks, type Webhooks } from '../../telling/webhooks.ts';
import { type Accepted, type ApplyRequest, createAccepting } from './accepting.ts';
import { type Carrying, createCarrying } from './carrying.ts';
import { DEFAULT_DISTRIBUTOR_BOUNDS, type DistributorConfig } from './config.ts';
import { createDoubts } from './doubts.ts';
import { createExceptions } from './exceptions.ts';
import { createFiledCases } from './filed-cases.ts';
import { readHandoffs } from './handoffs.ts';
import { type Backlog, createIntakePace } from './intake-pace.ts';
import { rulesUnderOf } from './judging.ts';
import { createLeaving, type SettleReport } from './leaving.ts';
import type { DistributorPorts } from './neighbours.ts';
import { createTeller, createTellingStore, type DistributorEventKind } from './outcomes.ts';
import { readOwnApplication } from './own-application.ts';
import { createPaying } from './paying.ts';
import { createPrograms } from './programs.ts';
import { createPromises } from './promises.ts';
import { type ApplicationProof, createProofs, type LeafListName } from './proofs.ts';
import { createReceiptedLedger } from './receipted-ledger.ts';
import { type OutcomesPage, readOutcomesPage, readSealListsPage, type SealListsPage } from './seal-lists.ts';
import type { SettlementView } from './settling/settlement-view.ts';
import type { Settling } from './settling/settling.ts';
import { createSucceeding } from './succeeding.ts';
import { createUnanswered } from './unanswered.ts';
import { versionsView } from './version-view.ts';
import type { ApplicationView, ProgramView } from './views.ts';
import { createWork } from './work.ts';

export interface Distributor {
  readonly id: string;
  readonly name: string;
  /** In the order in which they were released, at most `MAX_PROGRAMS_PER_PAGE`, behind the one named. Throws `program.unknown`. */
  list(after?: string): Promise<{ readonly programs: readonly ProgramView[]; readonly next?: string }>;
  /** The program as the log has it. Throws `program.unknown`. */
  record(program: string): ProgramRecord;
  /** Throws `program.unknown`. */
  find(program: string): Promise<ProgramView>;
  apply(program: string, request: ApplyRequest): Promise<Accepted>;
  /** Throws `program.unknown`, `application.unknown`. */
  application(program: string, application: string): Promise<ApplicationView>;
  /** What its applicant's code (by its digest) opens: undefined when it opens nothing, or nothing any more. */
  own(code: string): Promise<OwnApplication | undefined>;
  /**
   * Takes what has come in the place of the credential of an application whose money waits for it; see `Succeeding`. Throws
   * as `application`, and `application.successor-*`.
   */
  succeed(program: string, application: string, presentation: string): Promise<ApplicationView>;
  /** All that its applicant needs to check the outcome alone. Throws as `application`. */
  proof(program: string, application: string): Promise<ApplicationProof>;
  /**
   * The opened lists of the seal, where the program promises them: a page in the order of the applications' digests, behind
   * the one named. Throws `program.unknown`, `program.not-published`.
   */
  lists(program: string, after?: string): Promise<SealListsPage>;
  /** What became of each application, for whoever runs the program, in pages as `lists`. Throws `program.unknown`. */
  outcomes(program: string, after?: string): Promise<OutcomesPage>;
  /** Leaf hashes of a list; see `Proofs`. Throws `program.unknown`, `program.not-published`. */
  tile(program: string, list: LeafListName, index: number): Promise<Uint8Array>;
  /** What those of its programs have to work off that take or judge applications: the latest `MAX_PROGRAMS_PER_PAGE`. */
  backlogs(): Promise<readonly Backlog[]>;
  /** Throws `program.keys-full`. */
  createKey(): Promise<string>;
  /** Every crossing of its programs that is not complete. */
  handoffs(): Promise<OpenHandoffs>;
  /** Sends what is due to the rails now, and takes in their answers. */
  settle(): Promise<SettleReport>;
  /** Does to one payment what officers have decided; see `Leaving`. */
  act(instruction: Instruction): Promise<void>;
  /** What rails said that fits nothing. */
  notices(): Promise<readonly KeptNotice[]>;
  /** What has become of a payment outside, by its transfer. Throws `settlement.unknown`. */
  settlement(transfer: string): Promise<SettlementView>;
  /** One step of everything that is due; says whether anything moved. */
  step(): Promise<boolean>;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Sends what is to be told, again and again, until the signal aborts. */
  runEvents(signal: AbortSignal): Promise<void>;
  readonly webhooks: Webhooks | undefined;
}

const UNDER_WAY: readonly ProgramPhase[] = ['open', 'closing', 'judging'];

/** Each costs a few small reads. */
export const MAX_PROGRAMS_PER_PAGE = 100;

export type DistributorOptions = DistributorPorts & {
  readonly config: DistributorConfig;
  readonly rulesOf: (version: Version) => ProgramRules;
  readonly settling: Settling;
  /** With whom it files what people have to decide; without it the program's defaults decide alone. */
  readonly filings?: Pick<Filings, 'open' | 'find'>;
  /** Who is told of outcomes, and how; without it nobody is. */
  readonly outbox?: { readonly outbox: Outbox; readonly send: SendEvent };
};

/** Who is entitled to what, each person once: takes applications in, has them judged, and sees the money on its way. */
export function createDistributor(asked: DistributorOptions): Distributor {
  const { config, clock, rulesOf, settling } = asked;
  const events = eventsOf(asked, () => distributor);
  const told = events === undefined ? asked.store : createTellingStore(asked.store, events, clock);
  const pace = createIntakePace(told, clock);
  const { store } = pace;
  const options = { ...asked, store, ledger: createReceiptedLedger(asked, config.id) };
  const bounds = { ...DEFAULT_DISTRIBUTOR_BOUNDS, ...config.bounds };
  const programs = createPrograms(options, config.id);
  const cases = asked.filings && createFiledCases(options, asked.filings);
  const titleOf = (program: string) => options.follower.state.programs.get(program)?.program.title;
  const unanswered = cases && createUnanswered(options, cases, titleOf);
  const leaving = createLeaving(options, options.follower, settling, unanswered);
  const accepting = createAccepting(options, config, bounds, { programs, leaving, pace });
  const carrying: Carrying = createCarrying(options, bounds, leaving.handOver);
  const doubts = cases && createDoubts(options, cases);
  const paying = createPaying(options, bounds, doubts);
  const succeeding = createSucceeding(options, paying);
  const counting = {
    rulesUnderOf: (record: ProgramRecord) => rulesUnderOf(record, rulesOf),
    nullifiersOf: programs.nullifiersOf,
  };
  const exceptions = createExceptions({ ...options, ...counting, act: leaving.act }, bounds);
  const promises =
    asked.filings === undefined ? undefined : createPromises({ ...options, store: asked.store }, asked.filings);
  const work = createWork(options, bounds, {
    ...(promises === undefined ? {} : { promises }),
    programs,
    paying,
    carrying,
    exceptions,
    settle: leaving.settle,
    forget: leaving.forget,
    rulesOf,
  });
  const proofs = createProofs(options);

  async function view(record: ProgramRecord): Promise<ProgramView> {
    const { program, digest, entry, intake, seal, draw } = record;
    const [applications, payments, ruled] = await Promise.all([
      store.countApplications(program.id),
      store.sumPayments(program.id),
      exceptions.read(record),
    ]);
    const entries = {
      program: entry,
      ...(intake === undefined ? {} : { intake: intake.entry }),
      ...(seal === undefined ? {} : { seal: seal.entry }),
      ...(draw === undefined ? {} : { draw: draw.entry }),
    };
    const phase = phaseOf(record, programs.now());
    const slots = slotsOf(program);
    const versions = versionsView(record, { applied: applications.all, payments });
    return {
      program,
      digest,
      phase,
      entries,
      applications,
      payments,
      ...(ruled.length === 0 ? {} : { exceptions: ruled }),
      ...(slots === undefined ? {} : { slots }),
      ...(versions === undefined ? {} : { versions }),
    };
  }

  async function readApplication(program: string, application: string): Promise<KeptApplication> {
    programs.require(program);
    const kept = await store.read(program, application);
    if (kept !== undefined) return kept;
    throw new CodedError('application.unknown', 'No application with this digest is kept here.');
  }

  /** With the case that it is, if there is one. */
  async function withCase(view: ApplicationView, program: string): Promise<ApplicationView> {
    const found = await doubts?.read(program, view.application);
    return found === undefined ? view : { ...view, review: found };
  }

  const distributor: Distributor = {
    id: config.id,
    name: config.name,
    async list(after) {
      const from = after === undefined ? -1 : programs.require(after).entry;
      const behind = programs
        .list()
        .filter(({ entry }) => entry > from)
        .sort((a, b) => a.entry - b.entry);
      const page = behind.slice(0, MAX_PROGRAMS_PER_PAGE);
      const last = behind.length > page.length ? page.at(-1) : undefined;
      return { programs: await Promise.all(page.map(view)), ...(last === undefined ? {} : { next: last.program.id }) };
    },
    record: programs.require,
    find: async (program) => view(programs.require(program)),
    apply: accepting.apply,
    application: async (program, application) => withCase(viewOf(await readApplication(program, application)), program),
    own: (code) =>
      readOwnApplication(store, code, {
        ...{ findProgram: programs.require, organiser: config.name, now: programs.now },
        caseOf: async (program, application) => doubts?.read(program, application),
      }),
    async succeed(program, application, presentation) {
      const record = programs.require(program);
      const kept = await readApplication(program, application);
      const rulesUnder = rulesUnderOf(record, rulesOf);
      const bench = { record, rulesUnder, nullifierOf: await programs.nullifiersOf(record) };
      await succeeding.succeed(bench, kept, presentation);
      return viewOf(await readApplication(program, application));
    },
    proof: async (program, application) =>
      proofs.read(programs.require(program), await readApplication(program, application)),
    async lists(id, after) {
      const { program, seal } = programs.require(id);
      if (program.publication === 'public' && seal !== undefined) return readSealListsPage(store, program.id, after);
      throw new CodedError('program.not-published', 'This program does not open its lists, or has no seal yet.');
    },
    outcomes: async (id, after) => readOutcomesPage(store, programs.require(id).program.id, after),
    tile: async (program, list, index) => proofs.tile(programs.require(program), list, index),
    backlogs: () =>
      Promise.all(
        programs
          .list()
          .filter((record) => UNDER_WAY.includes(phaseOf(record, programs.now())))
          .slice(-MAX_PROGRAMS_PER_PAGE)
          .map(pace.backlogOf),
      ),
    createKey: programs.createKey,
    async handoffs() {
      const [inside, outside] = await Promise.all([
        readHandoffs(options, config, programs, exceptions),
        leaving.handoffs(),
      ]);
      return { handoffs: [...inside, ...outside.handoffs], more: outside.more };
    },
    settle: leaving.settle,
    act: leaving.act,
    notices: () => settling.readNotices(),
    settlement: async (transfer) => {
      const found = await settling.find(transfer);
      if (found !== undefined) return found;
      throw new CodedError('settlement.unknown', 'No payment of this name has left this ledger.');
    },
    step: work.step,
    run: work.run,
    runEvents: async (signal) => {
      if (events === undefined) return;
      const end = hastenSteps(events, asked.follower, programs.list);
      await Promise.all([events.run(signal), sweepEvents(events, clock, signal)]).finally(end);
    },
    webhooks:
      asked.outbox === undefined
        ? undefined
        : createWebhooks({
            ...{ ...asked, ...asked.outbox, owner: config.id },
            wake: () => events?.happened('program', []),
          }),
  };
  return distributor;
}

function eventsOf(
  { config, outbox, ...ports }: DistributorOptions,
  distributor: () => Distributor,
): Events<DistributorEventKind> | undefined {
  if (outbox === undefined) return undefined;
  const signing = async () => {
    const { name, kid } = await ports.keys.current();
    return { iss: config.id, name, kid };
  };
  return createEvents({
    ...ports,
    signer: ports.keys,
    ...outbox,
    owner: config.id,
    signing,
    tell: createTeller(distributor),
  });
}

/** A step is told with the epoch that shows it, and not when it is next looked for; calls off by what it gives back. */
function hastenSteps(
  events: Events<DistributorEventKind>,
  follower: DistributorOptions['follower'],
  list: () => readonly ProgramRecord[],
): () => void {
  let seen = follower.position?.size ?? 0;
  return follower.subscribe(() => {
    const from = seen;
    seen = follower.position?.size ?? 0;
    const steps = list().flatMap((record) =>
      (['intake', 'seal', 'draw'] as const)
        .filter((step) => (record[step]?.entry ?? -1) >= from)
        .map((step) => `${record.program.id}/${step}`),
    );
    if (steps.length > 0) events.happened('program', steps);
  });
}

const SWEEP_EVERY_MS = 600_000;
const SWEPT_AT_ONCE = 1000;

/** What was told long ago is forgotten. */
async function sweepEvents(events: Pick<Events, 'sweep'>, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const swept = await events.sweep(SWEPT_AT_ONCE).catch(() => 0);
    if (swept < SWEPT_AT_ONCE) await clock.sleep(SWEEP_EVERY_MS, signal).catch(() => undefined);
  }
}

function viewOf({ application, judgement, admitted, payment }: KeptApplication): ApplicationView {
  const code = judgement !== undefined && 'refused' in judgement ? judgement.refused : undefined;
  return {
    application,
    state: stateOf(judgement !== undefined, admitted),
    ...(code === undefined ? {} : { code }),
    ...(judgement?.exception === undefined ? {} : { exception: judgement.exception }),
    ...(payment === undefined ? {} : { payment: { state: payment.state, amount: payment.amount, at: payment.at } }),
  };
}

function stateOf(isJudged: boolean, admitted: boolean | undefined): ApplicationView['state'] {
  if (admitted !== undefined) return admitted ? 'admitted' : 'refused';
  return isJudged ? 'judged' : 'acknowledged';
}
