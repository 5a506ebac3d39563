import type { NetworkState } from '@holdfast/core';
import { createAccountKeyStorePostgres } from '../adapters/postgres/account-key-store.ts';
import { createLedgerStorePostgres } from '../adapters/postgres/ledger-store.ts';
import { namedInLog } from '../role-keys/role-keys.ts';
import { type Cashier, createCashier } from '../roles/cashier/cashier.ts';
import { createLedger, type LedgerRole } from '../roles/ledger/ledger.ts';
import { LEDGER_KEY } from '../roles/ledger/signed-acceptance.ts';
import { ledgerBoundsOf, poolOf } from './bounds.ts';
import { openTables, tablesOf } from './following.ts';
import { openKeys } from './keyring.ts';
import type { Platform } from './platform.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { signalsOf, troubleOf } from './seeing.ts';

export type LedgerPlace = {
  readonly databaseUrl: string;
  readonly keysFolder: string;
  /** The party whose ledger it is. */
  readonly party: string;
  /** The network, where it is read in this process: which of its keys signs goes by that. */
  readonly state?: () => Readonly<NetworkState>;
};

export type ComposedLedger = AsyncDisposable & { readonly ledger: LedgerRole; readonly cashier: Cashier };

/** The holder of the ledger's key in the keyring. */
export const LEDGER_KEYS = 'ledger';

/** The ledger on its own tables, running: from here on it is the one writer of this database's ledger. */
export async function composeLedger(
  platform: Pick<Platform, 'clock' | 'engine' | 'seeing' | 'bounds'>,
  { databaseUrl, keysFolder, party, state }: LedgerPlace,
  stop: AbortSignal,
): Promise<ComposedLedger> {
  const { clock, engine } = platform;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(databaseUrl, 'ledger', ROLE_TABLES.ledger, poolOf(platform)));
  const signer = await openKeys(keysFolder, LEDGER_KEYS);
  await signer.create(LEDGER_KEY, 'ES256');
  const ledger = createLedger({
    clock,
    store: createLedgerStorePostgres(database),
    signer,
    party,
    ...(state === undefined ? {} : { named: namedInLog(party, 'acceptance', state) }),
    bounds: ledgerBoundsOf(platform),
    report: troubleOf(platform, 'ledger'),
    signals: signalsOf(platform),
  });
  opened.use(ledger);
  await ledger.start(stop);
  const accountKeys = createAccountKeyStorePostgres(tablesOf(database));
  const cashier = createCashier({ clock, engine, ledger, ledgerKeys: ledger.readKeys, party, accountKeys });
  const parts = opened.move();
  return { ledger, cashier, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
