import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeAccountKeyStore } from '../../ports/account-key-store.contract.ts';
import { type AccountKeyTables, accountKeyMigrations, createAccountKeyStorePostgres } from './account-key-store.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<AccountKeyTables>({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeAccountKeyStore('keys of accounts in PostgreSQL', async () => {
  created += 1;
  const schema = `ledger_${created}`;
  const database = await open(schema);
  await migrate(database, accountKeyMigrations);
  return {
    store: createAccountKeyStorePostgres(database),
    reopen: async () => createAccountKeyStorePostgres(await open(schema)),
  };
});
