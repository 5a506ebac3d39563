import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeLedgerStore } from '../../ports/ledger-store.contract.ts';
import { openDatabase } from './database.ts';
import { createLedgerStorePostgres, ledgerStoreMigrations } from './ledger-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeLedgerStore('ledger store in PostgreSQL', async () => {
  created += 1;
  const schema = `ledger_${created}`;
  const database = await open(schema);
  await migrate(database, ledgerStoreMigrations);
  return {
    store: createLedgerStorePostgres(database),
    reopen: async () => createLedgerStorePostgres(await open(schema)),
  };
});
