import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeVerdictStore } from '../../ports/verdict-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createVerdictStorePostgres, type VerdictTables, verdictStoreMigrations } from './verdict-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<VerdictTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeVerdictStore('verdict store in PostgreSQL', async () => {
  created += 1;
  const schema = `verifier_${created}`;
  const database = await open(schema);
  await migrate(database, verdictStoreMigrations);
  return {
    store: createVerdictStorePostgres(database),
    reopen: async () => createVerdictStorePostgres(await open(schema)),
  };
});
