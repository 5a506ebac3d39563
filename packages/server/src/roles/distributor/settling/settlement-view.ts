import {
  encodeAttemptId,
  ownerOfSettlement,
  type SettlementAnswer,
  type SettlementOwner,
  type SettlementState,
  stateOfAttempt,
  stateOfSettlement,
} from '@holdfast/core';
import type { KeptLine } from '../../../ports/settlement-store.ts';
import { patienceOf, type SettlingBounds } from './bounds.ts';

export type AttemptView = {
  /** As the rail knows it: the EndToEndId. */
  readonly id: string;
  readonly batch: string;
  readonly state: SettlementState;
  readonly submittedAt: number;
  readonly answers: readonly SettlementAnswer[];
  /** Digest of the decision that says what became of it. */
  readonly decision?: string;
};

/** What has become of a transfer outside. Says nothing of where it goes. */
export type SettlementView = {
  readonly transferId: string;
  readonly lineId: string;
  readonly rail: string;
  readonly amount: bigint;
  readonly asset: { readonly code: string; readonly decimals: number };
  readonly state: SettlementState;
  /** Whose matter it is; nobody's once it is paid. */
  readonly owner?: SettlementOwner;
  /** Unix milliseconds: since when it has had this state and owner. */
  readonly since: number;
  readonly attempts: readonly AttemptView[];
};

/** `submit`, `resubmit`: by itself. `answer`: the rail's. `retry`: once its cause is mended. `rule`: officers find out. */
export type SettlementNext = 'submit' | 'resubmit' | 'answer' | 'retry' | 'rule';

/** Money on its way out that is not paid. */
export type SettlementHandoff = SettlementView & {
  readonly owner: SettlementOwner;
  readonly giver: 'distributor';
  /** The rail. */
  readonly receiver: string;
  readonly next: SettlementNext;
  /** `answer`: when the line becomes unknown without one. */
  readonly dueAt?: number;
};

export function viewLine(line: KeptLine): SettlementView {
  const { id, transferId, rail, amount, asset, settlement, since } = line;
  const owner = ownerOfSettlement(settlement);
  const attempts = settlement.attempts.map((attempt, i) => ({
    id: encodeAttemptId(id, i + 1),
    batch: attempt.batch,
    state: stateOfAttempt(attempt),
    submittedAt: attempt.submittedAt,
    answers: attempt.answers,
    ...(attempt.ruling === undefined ? {} : { decision: attempt.ruling.decision }),
  }));
  const state = stateOfSettlement(settlement);
  const view = { transferId, lineId: id, rail, amount, asset, state, since, attempts };
  return owner === undefined ? view : { ...view, owner };
}

/** Undefined for what is paid. */
export function viewHandoff(line: KeptLine, bounds: SettlingBounds): SettlementHandoff | undefined {
  const view = viewLine(line);
  if (view.owner === undefined) return undefined;
  const next = nextOf(view.state, view.owner);
  const handedOverAt = line.settlement.attempts.at(-1)?.handedOverAt;
  const due =
    next !== 'answer' || handedOverAt === undefined ? {} : { dueAt: handedOverAt + patienceOf(bounds, line.rail) };
  return { ...view, owner: view.owner, giver: 'distributor', receiver: line.rail, next, ...due };
}

function nextOf(state: SettlementState, owner: SettlementOwner): SettlementNext {
  if (state === 'planned') return 'submit';
  if (state === 'submitted') return owner === 'rail' ? 'answer' : 'resubmit';
  return state === 'rejected' ? 'retry' : 'rule';
}
