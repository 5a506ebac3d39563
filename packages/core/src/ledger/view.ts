import { assert } from '../errors.ts';
import type { Account, AccountId, Asset } from './account.ts';
import { MAX_AMOUNT } from './amount.ts';
import type { Transfer, TransferId } from './transfer.ts';

/**
 * As much of a ledger as a batch touches: every account and transfer that it names, and the accounts of every pending
 * transfer that it names. What is not in here does not exist.
 */
export type LedgerView = {
  /** Ledger time so far, unix milliseconds. */
  readonly time: number;
  /** By code. */
  readonly assets: ReadonlyMap<string, Asset>;
  readonly accounts: ReadonlyMap<AccountId, Account>;
  readonly transfers: ReadonlyMap<TransferId, Transfer>;
};

/** What a batch did, all of it or none to be kept. */
export type LedgerChanges = {
  /** Ledger time of everything in here. */
  readonly time: number;
  readonly assets: readonly Asset[];
  readonly opened: readonly Account[];
  /** Accounts that were known, with their balances now. */
  readonly moved: readonly Account[];
  /** New transfers in the order in which they were asked for, refused ones too. */
  readonly created: readonly Transfer[];
  /** Pending transfers that were known, and have ended. */
  readonly ended: readonly Transfer[];
};

/** A batch being folded: what it has done so far, laid over the view. */
export type LedgerDraft = {
  readonly time: number;
  readonly view: LedgerView;
  readonly assets: Map<string, Asset>;
  readonly accounts: Map<AccountId, Account>;
  readonly transfers: Map<TransferId, Transfer>;
};

/** Ledger time never goes back: a clock set back neither revives what has expired nor stops anything else. */
export function createDraft(view: LedgerView, now: number): LedgerDraft {
  assert(Number.isSafeInteger(now) && now >= 0, 'ledger time is in whole milliseconds since 1970');
  return {
    time: Math.max(view.time, now),
    view,
    assets: new Map(),
    accounts: new Map(),
    transfers: new Map(),
  };
}

export function findAccount(draft: LedgerDraft, id: AccountId): Account | undefined {
  return draft.accounts.get(id) ?? draft.view.accounts.get(id);
}

export function findTransfer(draft: LedgerDraft, id: TransferId): Transfer | undefined {
  return draft.transfers.get(id) ?? draft.view.transfers.get(id);
}

/** What the draft has done. Crashes unless it leaves every sum of the ledger where it was. */
export function changesOf(draft: LedgerDraft): LedgerChanges {
  assertConserved(draft);
  const { view, time } = draft;
  const accounts = [...draft.accounts.values()];
  const transfers = [...draft.transfers.values()];
  return {
    time,
    assets: [...draft.assets.values()],
    opened: accounts.filter(({ id }) => !view.accounts.has(id)),
    moved: accounts.filter(({ id }) => view.accounts.has(id)),
    created: transfers.filter(({ command }) => !view.transfers.has(command.id)),
    ended: transfers.filter(({ command }) => view.transfers.has(command.id)),
  };
}

/**
 * Credits minus debits over all accounts of an asset is zero, posted and pending alike: it was before, so it is after if
 * the accounts of this batch together have gained nothing. And no sum of an account leaves its 128 bits.
 */
function assertConserved({ accounts, view }: LedgerDraft): void {
  const gained = new Map<string, { posted: bigint; pending: bigint }>();
  for (const account of accounts.values()) {
    const before = view.accounts.get(account.id);
    const sums = gained.get(account.asset.code) ?? { posted: 0n, pending: 0n };
    sums.posted += net(account, 'Posted') - net(before, 'Posted');
    sums.pending += net(account, 'Pending') - net(before, 'Pending');
    gained.set(account.asset.code, sums);
    assert(isBounded(account), 'every sum of an account has 128 bits');
  }
  for (const { posted, pending } of gained.values()) {
    assert(posted === 0n && pending === 0n, 'the ledger conserves supply');
  }
}

function net(account: Account | undefined, phase: 'Posted' | 'Pending'): bigint {
  return account === undefined ? 0n : account[`credits${phase}`] - account[`debits${phase}`];
}

function isBounded({ debitsPending, debitsPosted, creditsPending, creditsPosted }: Account): boolean {
  const sums = [debitsPending, debitsPosted, creditsPending, creditsPosted];
  return sums.every((sum) => sum >= 0n && sum <= MAX_AMOUNT);
}
