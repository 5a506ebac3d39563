import type { Account, AccountId, LedgerChanges, LedgerView, Transfer, TransferId } from '@holdfast/core';
import type { PendingCursor } from './ledger.ts';

/** A writer's right to write: good for exactly the next commit, until a later writer takes a fence of its own. */
export type LedgerFence = {
  /** Counts the writers: each that takes a fence gets a larger one. */
  readonly epoch: number;
  /** Counts the commits of all writers. */
  readonly batch: number;
  /** Ledger time of the last commit, unix milliseconds. */
  readonly time: number;
};

/** What a batch names. The accounts of the pending transfers among `transfers` need not be named. */
export type Touched = {
  readonly accounts: readonly AccountId[];
  readonly transfers: readonly TransferId[];
  /** Codes. */
  readonly assets: readonly string[];
};

export type Expiry = { readonly id: TransferId; readonly expiresAt: number };

/** The sums over all accounts of one asset. The ledger holds when debits equal credits, posted and pending. */
export type AssetAudit = {
  readonly asset: string;
  readonly decimals: number;
  readonly accounts: number;
  readonly debitsPosted: bigint;
  readonly creditsPosted: bigint;
  readonly debitsPending: bigint;
  readonly creditsPending: bigint;
};

/** Accounts or transfers in one answer. */
export const MAX_LEDGER_READ = 1000;

/**
 * What a ledger must not forget. One store is one ledger.
 *
 * Durability: `takeFence` and `commit` resolve once a crash cannot lose what they did; all of a commit happens or nothing
 * of it, seen from anywhere. Consistency: a read sees every commit that resolved before it began.
 * Fencing: `commit` compares the fence and moves it on in the same step as it writes. After a later `takeFence` every
 * commit under an earlier epoch fails with `ledger.fenced`, those that are under way too, and writes nothing.
 * Idempotency: a commit under a fence that a commit has used is `ledger.batch-conflict` and writes nothing. So a writer
 * whose commit failed in an unknown way reads the head: at its own epoch, a batch further, that commit is durable; at the
 * same batch it may send exactly the same changes again, and at most one of the two will be.
 * Assertions: a store refuses what a correct fold cannot produce (a transfer id twice, a reserve ended twice, a negative
 * balance, balances of a batch that do not sum to zero) with an error without a code, and writes nothing.
 * Concurrency: any number of readers; of writers, one at a time succeeds. Retries: the caller.
 */
export interface LedgerStore {
  takeFence(): Promise<LedgerFence>;
  readHead(): Promise<LedgerFence>;
  /** All there is of what a batch touches. */
  readView(touched: Touched): Promise<Omit<LedgerView, 'time'>>;
  /** Keeps the changes and answers with the fence for the next commit. */
  commit(fence: LedgerFence, changes: LedgerChanges): Promise<LedgerFence>;
  /** Pending transfers that expire, the earliest first; at most `limit`. */
  readExpiries(limit: number): Promise<readonly Expiry[]>;
  /** In the order asked; undefined where there is none. */
  readAccounts(ids: readonly AccountId[]): Promise<readonly (Account | undefined)[]>;
  readTransfers(ids: readonly TransferId[]): Promise<readonly (Transfer | undefined)[]>;
  /** Accounts by id, those after the given one; at most `limit` and `MAX_LEDGER_READ`. */
  readAccountsAfter(after: AccountId | undefined, limit: number): Promise<readonly Account[]>;
  /** What is reserved from or for an account, by (at, id); at most `limit` and `MAX_LEDGER_READ`. */
  readPending(account: AccountId, limit: number, after?: PendingCursor): Promise<readonly Transfer[]>;
  /** By asset code; all of it at one moment. Takes time in proportion to the accounts. */
  audit(): Promise<readonly AssetAudit[]>;
}
