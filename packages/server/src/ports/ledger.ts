import type {
  Account,
  AccountId,
  AccountResult,
  NewAccount,
  Transfer,
  TransferCommand,
  TransferId,
  TransferResult,
} from '@holdfast/core';

/** Accounts or transfers in one call, asked for or written. More is `ledger.batch-size`. */
export const MAX_LEDGER_BATCH = 500;

/** A place in the list of what is pending: the last transfer that was read. */
export type PendingCursor = { readonly at: number; readonly id: TransferId };

/** What a ledger answers to one call of `transfer`, and its signature over that. */
export type AcceptedTransfers = {
  /** In the order asked. */
  readonly results: readonly TransferResult[];
  /** Compact JWS, one for the call: `Acceptance` of `@holdfast/core`. */
  readonly acceptance: string;
};

/**
 * The ledger as its neighbours see it: accounts whose sum is zero per asset, and transfers between them in two phases.
 *
 * Durability: `createAccounts` and `transfer` resolve once a crash cannot lose what they answer. The commands of one call
 * are looked at in their order, next to each other, and become durable together; each succeeds or is refused by itself.
 * A refusal is an answer, never thrown. `transfer` is a crossing, and what it answers is signed after it became durable: an
 * answer that the ledger's key has not signed is none, and the caller goes on owning its transfers.
 * Consistency: one writer puts all calls into one order; a read sees every call that was answered before it.
 * Idempotency: by the ids, which the caller makes and keeps before the first attempt. A repeat does nothing and is told
 * `exists`, the same refusal, or what differs; so a caller treats `exists` like `created`, and never asks with a new id
 * what it has asked before, unless the first was refused.
 * Concurrency: any; calls wait for each other and share commits, so many small calls at once cost about one large one.
 * Retries: the caller, with the same ids, after any code that says `later`. `ledger.overloaded`: nothing was done.
 * `ledger.outcome-unknown`, `ledger.fenced` and `key.unavailable`: it was done or not, and the repeat says which. `ledger.stopped`: this
 * ledger is closing. `ledger.halted`: its invariant does not hold and an operator has to look; reading goes on.
 */
export interface Ledger {
  /** An asset is made with its first account. At most `MAX_LEDGER_BATCH`; answers in the order asked. */
  createAccounts(accounts: readonly NewAccount[]): Promise<readonly AccountResult[]>;
  /** At most `MAX_LEDGER_BATCH`. A repeat has the same answers and a signature of its own, as good as the first. */
  transfer(commands: readonly TransferCommand[]): Promise<AcceptedTransfers>;
  /** At most `MAX_LEDGER_BATCH`, in the order asked; undefined where there is none. */
  readAccounts(ids: readonly AccountId[]): Promise<readonly (Account | undefined)[]>;
  /** At most `MAX_LEDGER_BATCH`, in the order asked, refused ones too; undefined where there is none. */
  readTransfers(ids: readonly TransferId[]): Promise<readonly (Transfer | undefined)[]>;
  /** What is still reserved from or for an account, oldest first, after the cursor; at most `limit` and `MAX_LEDGER_BATCH`. */
  readPending(account: AccountId, limit: number, after?: PendingCursor): Promise<readonly Transfer[]>;
}
