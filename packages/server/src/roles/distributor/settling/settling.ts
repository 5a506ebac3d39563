import {
  applySettlement,
  CodedError,
  encodeAttemptId,
  isCodedError,
  type SettlementEvent,
  type SettlementLine,
  type SettlementRefusal,
  type SettlementState,
  settlementLineId,
} from '@holdfast/core';
import type { Clock } from '../../../ports/clock.ts';
import type { Sealer } from '../../../ports/sealer.ts';
import type { LineRefusal, SettlementRail } from '../../../ports/settlement-rail.ts';
import {
  type KeptLine,
  type KeptNotice,
  MAX_LINES_PER_CALL,
  type PlanAnswer,
  type SettlementStore,
} from '../../../ports/settlement-store.ts';
import { DEFAULT_SETTLING_BOUNDS, type SettlingBounds } from './bounds.ts';
import { type ChangedLine, changeOf, withRetries } from './line-change.ts';
import { reconcileRail } from './reconciling.ts';
import { destinationErased, type SettlementIntent, sealIntent } from './sealed-line.ts';
import { type SettlementHandoff, type SettlementView, viewHandoff, viewLine } from './settlement-view.ts';
import { type RailFailure, submitToRail } from './submitting.ts';

export type SettlingOptions = {
  readonly clock: Clock;
  readonly store: SettlementStore;
  /** Its key opens destinations: the distributor's alone. */
  readonly sealer: Sealer;
  /** A line goes to the first rail that carries it. */
  readonly rails: readonly SettlementRail[];
  readonly bounds?: Partial<SettlingBounds>;
};

/** `refused`: no rail carries it, nothing was kept, and the code says why. */
export type PlanResult = { readonly transferId: string; readonly lineId: string } & (
  | { readonly answer: PlanAnswer }
  | ({ readonly answer: 'refused' } & LineRefusal)
);

export type SubmitReport = { readonly accepted: number; readonly failures: readonly RailFailure[] };
export type ReconcileReport = { readonly changed: readonly ChangedLine[]; readonly failures: readonly RailFailure[] };

export type OpenHandoffs = {
  /** The longest open first. */
  readonly handoffs: readonly SettlementHandoff[];
  readonly counts: Readonly<Record<SettlementState, number>>;
};

/**
 * Carries posted transfers out of the house: what is planned goes to rails in batches, what rails say is taken in, and what
 * is open has an owner. Asks nothing by itself: whoever runs it calls `submitDue` and `reconcile` at their own pace, one
 * after the other or at once, also from two processes. A failure of one rail is told and does not keep back the others.
 */
export type Settling = {
  /** Whether any rail would carry this, and else why not. Pure: asks nobody, keeps nothing. */
  check(intent: SettlementIntent): LineRefusal | undefined;
  /** Of transfers that are posted; at most 1,000, else `settlement.batch-size`. The same again answers `exists`. */
  plan(intents: readonly SettlementIntent[]): Promise<readonly PlanResult[]>;
  /** Sends what is planned and what was not accepted. */
  submitDue(): Promise<SubmitReport>;
  /** Takes in what rails have said, then gives up on answers that are overdue. Tells whose state is another one. */
  reconcile(): Promise<ReconcileReport>;
  openHandoffs(limit?: number): Promise<OpenHandoffs>;
  /** What rails said that fits nothing, newest first. */
  readNotices(limit?: number): Promise<readonly KeptNotice[]>;
  find(transferId: string): Promise<SettlementView | undefined>;
  /**
   * Another attempt after a definite failure; of an unknown one only by a decision of officers, whose digest is named and
   * whose quorum the caller has checked, with the last attempt that it is about: one decision makes one more. Throws
   * `settlement.unknown | reconcile-first | decision-missing | decision-used | paid | attempts-exhausted | erased`.
   */
  retry(transferId: string, by?: { readonly decision: string; readonly attempt: number }): Promise<SettlementView>;
  /** What officers found out about an attempt (1 is the first), as for `retry`. Throws `settlement.unknown | attempt-unknown`. */
  rule(transferId: string, attempt: number, as: 'accepted' | 'rejected', decision: string): Promise<SettlementView>;
  /**
   * Forgets where accepted payments went whose transfer's id begins with `prefix`; at most 1,000 in a call, so until it says
   * that none was erased. `left` still have a destination: they are not paid.
   */
  erase(prefix: string): Promise<{ readonly erased: number; readonly left: number }>;
};

export function createSettling(options: SettlingOptions): Settling {
  const { clock, store, sealer, rails } = options;
  const bounds = { ...DEFAULT_SETTLING_BOUNDS, ...options.bounds };
  const ports = { clock, store, sealer, bounds };
  return {
    check(intent) {
      const rail = chooseRail(intent, rails);
      return 'code' in rail ? rail : undefined;
    },
    plan: (intents) => plan(intents, options),
    async submitDue() {
      const reports = await eachRail(rails, (rail) => submitToRail(ports, rail), { accepted: 0, failures: [] });
      return {
        accepted: reports.results.reduce((sum, { accepted }) => sum + accepted, 0),
        failures: [...reports.results.flatMap(({ failures }) => failures), ...reports.failures],
      };
    },
    async reconcile() {
      const { results, failures } = await eachRail(rails, (rail) => reconcileRail(ports, rail), []);
      return { changed: results.flat(), failures };
    },
    async openHandoffs(limit = MAX_LINES_PER_CALL) {
      const [lines, counts] = await Promise.all([store.readOpen(limit), store.countByState()]);
      return { handoffs: lines.flatMap((line) => viewHandoff(line, bounds) ?? []), counts };
    },
    readNotices: (limit = 100) => store.readNotices(limit),
    async find(transferId) {
      const [line] = await store.read([settlementLineId(transferId)]);
      return line === undefined ? undefined : viewLine(line);
    },
    retry: (transferId, by) => change(options, transferId, { kind: 'retry', ...by }),
    rule: (transferId, attempt, as, decision) => change(options, transferId, { kind: 'rule', attempt, as, decision }),
    erase: (prefix) => store.erase(prefix, MAX_LINES_PER_CALL),
  };
}

async function plan(
  intents: readonly SettlementIntent[],
  { clock, store, sealer, rails }: SettlingOptions,
): Promise<readonly PlanResult[]> {
  if (intents.length > MAX_LINES_PER_CALL) {
    throw new CodedError('settlement.batch-size', `At most ${MAX_LINES_PER_CALL} transfers are planned in a call.`);
  }
  const now = clock.now();
  const chosen = intents.map((intent) => ({ intent, rail: chooseRail(intent, rails) }));
  const lines = await Promise.all(
    chosen.flatMap(({ intent, rail }) => ('code' in rail ? [] : [sealIntent(intent, rail.id, now, sealer)])),
  );
  const answers = await store.plan(lines);
  let planned = 0;
  return chosen.map(({ intent: { transferId }, rail }) => {
    const names = { transferId, lineId: settlementLineId(transferId) };
    if ('code' in rail) return { ...names, answer: 'refused', code: rail.code, message: rail.message };
    const answer = answers[planned] ?? 'exists';
    planned += 1;
    return { ...names, answer };
  });
}

/** The first that carries it, else why not: what the rail for that kind of destination says, if there is one. */
function chooseRail(intent: SettlementIntent, rails: readonly SettlementRail[]): SettlementRail | LineRefusal {
  const { transferId, destination } = intent;
  const line: SettlementLine = { ...intent, lineId: encodeAttemptId(settlementLineId(transferId), 1) };
  let refusal: LineRefusal = {
    code: 'settlement.kind',
    message: `No rail here pays destinations of kind ${destination.kind}.`,
  };
  for (const rail of rails) {
    const why = rail.check(line);
    if (why === undefined) return rail;
    if (rail.kinds.includes(destination.kind)) refusal = why;
  }
  return refusal;
}

/** At once, since none of them waits for another; what one fails with is told under its name. */
async function eachRail<Result>(
  rails: readonly SettlementRail[],
  work: (rail: SettlementRail) => Promise<Result>,
  none: Result,
): Promise<{ readonly results: readonly Result[]; readonly failures: readonly RailFailure[] }> {
  const failures: RailFailure[] = [];
  const results = await Promise.all(
    rails.map(async (rail) => {
      try {
        return await work(rail);
      } catch (error) {
        if (!isCodedError(error)) throw error;
        failures.push({ rail: rail.id, code: error.code });
        return none;
      }
    }),
  );
  return { results, failures };
}

async function change(
  { clock, store }: SettlingOptions,
  transferId: string,
  event: SettlementEvent,
): Promise<SettlementView> {
  return withRetries(async () => {
    const [line] = await store.read([settlementLineId(transferId)]);
    if (line === undefined) {
      throw new CodedError('settlement.unknown', 'No payment outside was planned for this transfer.', { transferId });
    }
    if (event.kind === 'retry' && line.sealed === undefined) throw destinationErased(transferId);
    const applied = applySettlement(line.settlement, event);
    if (!applied.ok) throw refused(applied.refusal, line);
    const changed = changeOf(line, applied.settlement, clock.now());
    if (changed === undefined) return viewLine(line);
    await store.change([changed]);
    return viewLine({ ...line, ...changed });
  });
}

const REFUSALS: Readonly<Record<SettlementRefusal, readonly [code: string, message: string]>> = {
  'attempt-unknown': ['settlement.attempt-unknown', 'This payment has no such attempt.'],
  'attempts-exhausted': ['settlement.attempts-exhausted', 'This payment was tried as often as it may be.'],
  'not-planned': ['settlement.reconcile-first', 'This payment is on its way or over.'],
  'reconcile-first': [
    'settlement.reconcile-first',
    'It is not known what became of the last attempt; trying again could pay twice. Officers can decide to.',
  ],
  'decision-missing': [
    'settlement.decision-missing',
    'What the rail says contradicts itself: officers rule about each attempt before anything is tried again.',
  ],
  'decision-used': [
    'settlement.decision-used',
    'This decision was about an earlier attempt and has been carried out: another attempt needs another decision.',
  ],
  paid: ['settlement.paid', 'This payment was made, wholly or in part; it is not made again.'],
};

function refused(refusal: SettlementRefusal, { transferId }: KeptLine): CodedError {
  const [code, message] = REFUSALS[refusal];
  return new CodedError(code, message, { transferId });
}
