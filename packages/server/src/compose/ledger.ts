import { createLedgerStorePostgres, ledgerStoreMigrations } from '../adapters/postgres/ledger-store.ts';
import { createLedger, type LedgerRole } from '../roles/ledger/ledger.ts';
import { openTables } from './following.ts';
import type { Platform } from './platform.ts';

export type LedgerPlace = { readonly databaseUrl: string };

export type ComposedLedger = AsyncDisposable & { readonly ledger: LedgerRole };

/** The ledger on its own tables, running: from here on it is the one writer of this database's ledger. */
export async function composeLedger(
  platform: Pick<Platform, 'clock' | 'logger'>,
  { databaseUrl }: LedgerPlace,
  stop: AbortSignal,
): Promise<ComposedLedger> {
  const { clock, logger } = platform;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(databaseUrl, 'ledger', ledgerStoreMigrations));
  const ledger = createLedger({
    clock,
    store: createLedgerStorePostgres(database),
    report: ({ code, detail }) => logger.warn({ role: 'ledger', code, detail }, 'ledger event'),
  });
  opened.use(ledger);
  await ledger.start(stop);
  const parts = opened.move();
  return { ledger, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
