import { createPlatformClock } from '@holdfast/verifier';
import { afterAll, describe } from 'vitest';
import { createLedgerSigner } from '../../../test/ledger-world.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { createLedgerStoreMemory } from '../../adapters/memory/ledger-store.ts';
import { type Database, openDatabase } from '../../adapters/postgres/database.ts';
import { createLedgerStorePostgres, ledgerStoreMigrations } from '../../adapters/postgres/ledger-store.ts';
import { migrate } from '../../adapters/postgres/migration.ts';
import { ledgerContract } from '../../ports/ledger.contract.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import { createLedger } from './ledger.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function start(store: LedgerStore) {
  const ledger = createLedger({
    clock: createPlatformClock(),
    store,
    signer: await createLedgerSigner(),
    party: 'city',
  });
  closeAfterTest(ledger);
  await ledger.start(new AbortController().signal);
  return ledger;
}

describe('a ledger in memory', () => {
  ledgerContract(async () => start(createLedgerStoreMemory()));
});

describe('a ledger in PostgreSQL', () => {
  let made = 0;
  ledgerContract(async () => {
    made += 1;
    const database: Database = await openDatabase({ url: test.url, schema: `ledger_${made}`, poolMax: 4 });
    closeAfterTest(database);
    await migrate(database, ledgerStoreMigrations);
    return start(createLedgerStorePostgres(database));
  });
});
