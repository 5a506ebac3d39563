import type { DestinationKind, SettlementAnswer, SettlementBatch, SettlementLine } from '@holdfast/core';

/** Lines of one batch. */
export const MAX_BATCH_LINES = 1000;
/** Outcomes and notices in one page. */
export const MAX_OUTCOMES_PER_READ = 1000;

/** Why a rail does not carry a line: a code of `spec/problems.json` and a sentence, without the destination. */
export type LineRefusal = { readonly code: string; readonly message: string };

/** The rail has the batch and answers for it from now on. */
export type SettlementAcceptance = {
  readonly batch: string;
  /** `settlementBatchDigest` of what was accepted. */
  readonly digest: string;
  /** Where the rail has written it down, or its signature: whatever one would show to who denies it. */
  readonly receipt: string;
};

/** What a rail says about one line. `unknown`: it says that it does not know. */
export type LineOutcome = { readonly lineId: string } & (
  | SettlementAnswer
  | { readonly outcome: 'unknown'; readonly code?: string }
);

/** Something from the rail that is no answer to anything that was asked: somebody has to look. */
export type RailNotice = {
  /** The same for the same thing read again. */
  readonly id: string;
  /** Of `spec/problems.json`. */
  readonly code: string;
  /** One sentence for the operator, without destinations or names. */
  readonly message: string;
};

export type OutcomePage = {
  readonly outcomes: readonly LineOutcome[];
  readonly notices: readonly RailNotice[];
  /** Where the next page begins. */
  readonly cursor: string;
  /** There may be more now. When false, this was everything the rail has said so far. */
  readonly more: boolean;
};

/**
 * A way out of the house for money: a bank, a mobile money operator, a chain, or the ledger itself. It may be slow, absent,
 * wrong and repetitive; what it says is judged by core/settlement and never by the rail. Nothing here assumes files.
 *
 * Durability: `submit` resolves once a crash on either side cannot lose the batch. When it rejects, or the caller stops
 * waiting, the batch may have been taken or not: the caller submits the same batch again.
 * Idempotency: the same batch again gets the same acceptance, and pays nobody twice; another content under the same id is
 * `settlement.batch-conflict` and changes nothing. A line that was in another batch is the caller's fault.
 * All or nothing: one line that `check` refuses, and nothing of the batch is written or sent; its code is thrown.
 * Consistency: outcomes are read by a cursor, each at least once; from the same cursor the same ones come again, in the same
 * order, perhaps with more after them. Outcomes of different lines have no order. A line without an outcome has none yet:
 * that is neither accepted nor rejected, and silence is for the caller to measure.
 * Concurrency: any; two submissions of one batch are one. Retries: the caller, of the same batch only. The rail itself
 * never makes a second payment out of one line.
 */
export interface SettlementRail {
  /** Stable: lines and cursors are kept under it. Lower-case letters, digits, dashes. */
  readonly id: string;
  readonly kinds: readonly DestinationKind[];
  /** Whether this rail carries the line at all. Pure: asks nobody. */
  check(line: SettlementLine): LineRefusal | undefined;
  /** Throws what `check` says, `settlement.batch-size`, `settlement.batch-conflict`, or that the rail cannot be reached. */
  submit(batch: SettlementBatch, signal?: AbortSignal): Promise<SettlementAcceptance>;
  /** From the beginning without a cursor. At most `limit` and `MAX_OUTCOMES_PER_READ` of outcomes and notices together. */
  readOutcomes(cursor: string | undefined, limit: number): Promise<OutcomePage>;
}
