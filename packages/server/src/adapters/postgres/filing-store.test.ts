import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeFilingStore } from '../../ports/filing-store.contract.ts';
import { openDatabase } from './database.ts';
import { createFilingStorePostgres, type FilingTables, filingStoreMigrations } from './filing-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<FilingTables>({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeFilingStore('filing store in PostgreSQL', async () => {
  created += 1;
  const schema = `filing_${created}`;
  const database = await open(schema);
  await migrate(database, filingStoreMigrations);
  return {
    store: createFilingStorePostgres(database),
    reopen: async () => createFilingStorePostgres(await open(schema)),
  };
});
