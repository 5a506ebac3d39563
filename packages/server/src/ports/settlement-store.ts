import type { Settlement, SettlementField, SettlementState, SettlementTerms } from '@holdfast/core';
import type { RailNotice, SettlementAcceptance } from './settlement-rail.ts';

/** What shall be paid outside for one posted transfer. Never changes. */
export type PlannedLine = SettlementTerms & {
  /** `settlementLineId` of the transfer. */
  readonly id: string;
  readonly transferId: string;
  /** The destination, sealed by the role. */
  readonly sealed: Uint8Array;
  /** Unix milliseconds. */
  readonly plannedAt: number;
};

export type KeptLine = Omit<PlannedLine, 'sealed'> & {
  /** Absent once it has been erased. */
  readonly sealed?: Uint8Array;
  readonly settlement: Settlement;
  /** Unix milliseconds: since when it has had this state and owner. */
  readonly since: number;
  /** Counts the changes. */
  readonly version: number;
};

export type PlanAnswer = 'created' | 'exists' | `exists-with-different-${SettlementField}`;

/** A line as it shall be, if it is still as it was read. */
export type LineChange = {
  readonly id: string;
  /** As read. */
  readonly version: number;
  readonly settlement: Settlement;
  readonly since: number;
};

export type KeptBatch = {
  readonly id: string;
  readonly rail: string;
  readonly createdAt: number;
  /** Ids of the lines, in their order. */
  readonly lines: readonly string[];
};

export type KeptNotice = RailNotice & { readonly rail: string; readonly at: number };

/** Lines in one call, read or written. */
export const MAX_LINES_PER_CALL = 1000;
export const MAX_NOTICES_PER_READ = 1000;

/**
 * What a distributor must not forget about money on its way out. One store belongs to one distributor.
 *
 * Durability: each call resolves once a crash cannot lose what it did; all of a call happens or nothing of it.
 * Consistency: a read sees every call that was answered before it.
 * Concurrency: any. Whoever changes a line names the version it has read: with one line that has changed meanwhile, a batch
 * whose id is taken, or a cursor that has moved, the whole call throws `settlement.store-conflict` and writes nothing.
 * Idempotency: `plan` by the line's id; a notice by its rail and id; everything else by the versions. Retries: the caller,
 * after reading again.
 */
export interface SettlementStore {
  /** New lines with nothing done about them. Answers in the order asked; of two of one id, the second is a repeat. */
  plan(lines: readonly PlannedLine[]): Promise<readonly PlanAnswer[]>;
  /** In the order asked; undefined where there is none. */
  read(ids: readonly string[]): Promise<readonly (KeptLine | undefined)[]>;
  /** Lines in state `planned` for this rail, in the order planned; at most `limit` and the bound. */
  readPlanned(rail: string, limit: number): Promise<readonly KeptLine[]>;
  /** Keeps a batch, and its lines as they are in it, before its rail hears of it. */
  createBatch(batch: KeptBatch, changes: readonly LineChange[]): Promise<void>;
  /** Batches without an acceptance, oldest first; at most `limit` and the bound. */
  readUnaccepted(rail: string, limit: number): Promise<readonly KeptBatch[]>;
  /** An acceptance that is there stays; the changes are made all the same. */
  recordAcceptance(acceptance: SettlementAcceptance, changes: readonly LineChange[]): Promise<void>;
  readAcceptance(batch: string): Promise<SettlementAcceptance | undefined>;
  readCursor(rail: string): Promise<string | undefined>;
  /** What a rail said, and that it has been read up to `to`; `from` is the cursor that was read. */
  recordOutcomes(
    rail: string,
    cursor: { readonly from: string | undefined; readonly to: string },
    changes: readonly LineChange[],
    notices: readonly (RailNotice & { readonly at: number })[],
  ): Promise<void>;
  change(changes: readonly LineChange[]): Promise<void>;
  /** In state `submitted` and handed over at or before that time, oldest first; at most `limit` and the bound. */
  readWaiting(rail: string, handedOverBy: number, limit: number): Promise<readonly KeptLine[]>;
  /** Everything that is not accepted, longest in its state first; at most `limit` and the bound. */
  readOpen(limit: number): Promise<readonly KeptLine[]>;
  countByState(): Promise<Readonly<Record<SettlementState, number>>>;
  /** Newest first; at most `limit` and the bound. */
  readNotices(limit: number): Promise<readonly KeptNotice[]>;
  /**
   * Forgets where accepted lines went whose transfer's id begins with `prefix`, at most `limit` of them. `left`: lines of
   * that prefix that still have a destination, accepted or not.
   */
  erase(prefix: string, limit: number): Promise<{ readonly erased: number; readonly left: number }>;
}
