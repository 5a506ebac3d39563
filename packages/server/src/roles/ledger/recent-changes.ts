import type { Account, AccountId, Asset, LedgerChanges, LedgerView, Transfer, TransferId } from '@holdfast/core';
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
 * Remembers `most` accounts and as many transfers: no fewer than two attempts can touch, or what is under way would be
 * forgotten before it can be read. What was changed the longest ago is forgotten first.
 */
export function createRecentChanges(store: Pick<LedgerStore, 'readView'>, most: number): RecentChanges {
  const assets = new Map<string, Asset>();
  const accounts = new Map<AccountId, Account>();
  const transfers = new Map<TransferId, Transfer>();
  return {
    add({ assets: named, opened, moved, created, ended }) {
      for (const asset of named) remember(assets, asset.code, asset, most);
      for (const account of [...opened, ...moved]) remember(accounts, account.id, account, most);
      for (const transfer of [...created, ...ended]) remember(transfers, transfer.command.id, transfer, most);
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
        accounts: new Map([...read.accounts, ...pick(accounts, read.accounts.keys()), ...knownAccounts]),
        transfers: new Map([...read.transfers, ...knownTransfers]),
      };
    },
  };
}

function remember<Id, Value>(values: Map<Id, Value>, id: Id, value: Value, most: number): void {
  values.delete(id);
  values.set(id, value);
  const [oldest] = values.keys();
  if (values.size > most && oldest !== undefined) values.delete(oldest);
}

function pick<Id, Value>(values: ReadonlyMap<Id, Value>, ids: Iterable<Id>): Map<Id, Value> {
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
