import {
  type Account,
  type AccountId,
  type Asset,
  assert,
  CodedError,
  type LedgerChanges,
  type Transfer,
  type TransferCommand,
  type TransferId,
} from '@holdfast/core';
import { type AssetAudit, type LedgerFence, type LedgerStore, MAX_LEDGER_READ } from '../../ports/ledger-store.ts';

type Pending = Transfer & { readonly command: Extract<TransferCommand, { kind: 'pending' }> };

/** A ledger in memory, for rehearsal and tests: gone with the process. Each call is one step, so none is torn. */
export function createLedgerStoreMemory(): LedgerStore {
  const assets = new Map<string, Asset>();
  const accounts = new Map<AccountId, Account>();
  const transfers = new Map<TransferId, Transfer>();
  const pending = new Map<TransferId, Pending>();
  let head: LedgerFence = { epoch: 0, batch: 0, time: 0 };

  function keep(changes: LedgerChanges): void {
    for (const asset of changes.assets) assets.set(asset.code, asset);
    for (const account of [...changes.opened, ...changes.moved]) accounts.set(account.id, account);
    for (const transfer of [...changes.created, ...changes.ended]) {
      const { id } = transfer.command;
      transfers.set(id, transfer);
      if (transfer.state === 'pending' && isPendingKind(transfer)) pending.set(id, transfer);
      else pending.delete(id);
    }
  }

  return {
    async takeFence() {
      head = { ...head, epoch: head.epoch + 1 };
      return head;
    },
    async readHead() {
      return head;
    },
    async readView(touched) {
      const found = pick(transfers, touched.transfers);
      const sides = [...found.values()].filter(isPendingKind).flatMap(({ command }) => [command.debit, command.credit]);
      return {
        assets: pick(assets, touched.assets),
        accounts: pick(accounts, [...touched.accounts, ...sides]),
        transfers: found,
      };
    },
    async commit(fence, changes) {
      if (fence.epoch !== head.epoch) throw fenced(fence, head);
      if (fence.batch !== head.batch) throw conflict(fence, head);
      assertPossible(changes, { assets, accounts, transfers, pending });
      keep(changes);
      head = { epoch: fence.epoch, batch: fence.batch + 1, time: changes.time };
      return head;
    },
    async readExpiries(limit) {
      const expiries = [...pending.values()].flatMap(({ command: { id, expiresAt } }) =>
        expiresAt === undefined ? [] : [{ id, expiresAt }],
      );
      return expiries.sort((a, b) => a.expiresAt - b.expiresAt || compare(a.id, b.id)).slice(0, limit);
    },
    async readAccounts(ids) {
      return ids.map((id) => accounts.get(id));
    },
    async readTransfers(ids) {
      return ids.map((id) => transfers.get(id));
    },
    async readAccountsAfter(after, limit) {
      const wanted = [...accounts.values()].filter(({ id }) => after === undefined || compare(id, after) > 0);
      return wanted.sort((a, b) => compare(a.id, b.id)).slice(0, Math.min(limit, MAX_LEDGER_READ));
    },
    async readPending(account, limit, after) {
      const wanted = [...pending.values()].filter(
        ({ at, command: { id, debit, credit } }) =>
          (debit === account || credit === account) &&
          (after === undefined || at > after.at || (at === after.at && compare(id, after.id) > 0)),
      );
      const sorted = wanted.sort((a, b) => a.at - b.at || compare(a.command.id, b.command.id));
      return sorted.slice(0, Math.min(limit, MAX_LEDGER_READ));
    },
    async audit() {
      const codes = [...assets.values()].sort((a, b) => compare(a.code, b.code));
      return codes.map((asset) => auditOf(asset, [...accounts.values()]));
    },
  };
}

type Kept = {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly accounts: ReadonlyMap<AccountId, Account>;
  readonly transfers: ReadonlyMap<TransferId, Transfer>;
  readonly pending: ReadonlyMap<TransferId, Pending>;
};

/** What constraints and a trigger assert in SQL. */
function assertPossible({ assets, opened, moved, created, ended }: LedgerChanges, kept: Kept): void {
  const ids = created.map(({ command }) => command.id);
  assert(new Set(ids).size === ids.length, 'a batch makes a transfer once');
  assert(!ids.some((id) => kept.transfers.has(id)), 'a transfer is made once');
  assert(
    ended.every(({ command }) => kept.pending.has(command.id)),
    'a reserve ends once',
  );
  assert(!assets.some(({ code }) => kept.assets.has(code)), 'an asset is made once');
  assert(!opened.some(({ id }) => kept.accounts.has(id)), 'an account is opened once');
  assert(
    moved.every(({ id }) => kept.accounts.has(id)),
    'only accounts move',
  );
  const all = [...opened, ...moved];
  assert(
    all.every((account) => Object.values(balancesOf(account)).every((sum) => sum >= 0n)),
    'no sum of an account is negative',
  );
  assertConserved(all, kept.accounts);
}

function assertConserved(changed: readonly Account[], known: ReadonlyMap<AccountId, Account>): void {
  const gained = new Map<string, { posted: bigint; pending: bigint }>();
  for (const account of changed) {
    const [after, before] = [balancesOf(account), balancesOf(known.get(account.id))];
    const sums = gained.get(account.asset.code) ?? { posted: 0n, pending: 0n };
    sums.posted += after.creditsPosted - after.debitsPosted - before.creditsPosted + before.debitsPosted;
    sums.pending += after.creditsPending - after.debitsPending - before.creditsPending + before.debitsPending;
    gained.set(account.asset.code, sums);
  }
  const isKept = [...gained.values()].every(({ posted, pending }) => posted === 0n && pending === 0n);
  assert(isKept, 'the ledger conserves supply');
}

function balancesOf(account: Account | undefined) {
  return {
    debitsPending: account?.debitsPending ?? 0n,
    debitsPosted: account?.debitsPosted ?? 0n,
    creditsPending: account?.creditsPending ?? 0n,
    creditsPosted: account?.creditsPosted ?? 0n,
  };
}

function auditOf({ code, decimals }: Asset, accounts: readonly Account[]): AssetAudit {
  const ours = accounts.filter(({ asset }) => asset.code === code);
  const sum = (of: (account: Account) => bigint) => ours.reduce((total, account) => total + of(account), 0n);
  return {
    asset: code,
    decimals,
    accounts: ours.length,
    debitsPosted: sum(({ debitsPosted }) => debitsPosted),
    creditsPosted: sum(({ creditsPosted }) => creditsPosted),
    debitsPending: sum(({ debitsPending }) => debitsPending),
    creditsPending: sum(({ creditsPending }) => creditsPending),
  };
}

function pick<Key, Value>(from: ReadonlyMap<Key, Value>, keys: readonly Key[]): Map<Key, Value> {
  const picked = new Map<Key, Value>();
  for (const key of keys) {
    const value = from.get(key);
    if (value !== undefined) picked.set(key, value);
  }
  return picked;
}

function isPendingKind(transfer: Transfer): transfer is Pending {
  return transfer.command.kind === 'pending';
}

/** By code unit, which for these ids is by byte. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fenced(fence: LedgerFence, head: LedgerFence): CodedError {
  return new CodedError('ledger.fenced', 'A later writer has taken over this ledger.', {
    epoch: fence.epoch,
    now: head.epoch,
  });
}

function conflict(fence: LedgerFence, head: LedgerFence): CodedError {
  return new CodedError('ledger.batch-conflict', 'A commit has used this fence already.', {
    batch: fence.batch,
    now: head.batch,
  });
}
