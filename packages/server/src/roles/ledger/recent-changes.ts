import type { Account, AccountId, Asset, LedgerChanges, LedgerView, Transfer, TransferId } from '@holdfast/core';
import { createRecentMap, type RecentMap } from '@holdfast/verifier';
import type { LedgerStore, Touched } from '../../ports/ledger-store.ts';

/**
 * What the latest attempts of one writer leave behind. An attempt is never given up while its writer lives, and nobody else
 * writes under its fence, so what stands here is what the store has or is about to have: whoever has just reserved is mostly
 * who posts next.
 */
export type RecentChanges = {
  /** Of an attempt that is about to be made, in the order of the attempts. */
  add(changes: LedgerChanges): void;
  /** All there is of what a batch touches, as it is once every attempt is durable. */
  readView(touched: Touched): Promise<Omit<LedgerView, 'time'>>;
};

/**
 * Remembers at least so many accounts and transfers, and at most twice as many: no fewer than two attempts can touch, or what
 * is under way would be forgotten before it can be read. More accounts are remembered than that needs, because reading
 * balances is a third of what the store does for a transfer.
 */
export function createRecentChanges(
  store: Pick<LedgerStore, 'readView'>,
  most: { readonly accounts: number; readonly transfers: number },
): RecentChanges {
  const assets = createRecentMap<string, Asset>(most.accounts);
  const accounts = createRecentMap<AccountId, Account>(most.accounts);
  const transfers = createRecentMap<TransferId, Transfer>(most.transfers);
  return {
    add({ assets: named, opened, moved, created, ended }) {
      for (const asset of named) assets.set(asset.code, asset);
      for (const account of [...opened, ...moved]) accounts.set(account.id, account);
      for (const transfer of [...created, ...ended]) transfers.set(transfer.command.id, transfer);
    },
    async readView(touched) {
      const knownTransfers = pick(transfers, touched.transfers);
      const named = new Set([...touched.accounts, ...[...knownTransfers.values()].flatMap(sidesOf)]);
      const knownAccounts = pick(accounts, named);
      const read = await store.readView({
        assets: touched.assets,
        accounts: [...named].filter((id) => !knownAccounts.has(id)),
        transfers: touched.transfers.filter((id) => !knownTransfers.has(id)),
      });
      return {
        assets: new Map([...read.assets, ...pick(assets, touched.assets)]),
        // With the reserves that were read come their accounts, maybe as they were before an attempt under way.
        accounts: new Map([
          ...read.accounts,
          ...(read.transfers.size === 0 ? [] : pick(accounts, read.accounts.keys())),
          ...knownAccounts,
        ]),
        transfers: new Map([...read.transfers, ...knownTransfers]),
      };
    },
  };
}

function pick<Id, Value>(values: Pick<RecentMap<Id, Value>, 'get'>, ids: Iterable<Id>): Map<Id, Value> {
  const found = new Map<Id, Value>();
  for (const id of ids) {
    const value = values.get(id);
    if (value !== undefined) found.set(id, value);
  }
  return found;
}

/** The accounts of a reserve are part of a view that has the reserve. */
function sidesOf({ command }: Transfer): AccountId[] {
  return command.kind === 'pending' ? [command.debit, command.credit] : [];
}
