import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeLogStore } from '../../ports/log-store.contract.ts';
import { openDatabase } from './database.ts';
import { createLogStorePostgres, type LogTables, logStoreMigrations } from './log-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<LogTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeLogStore('log store in PostgreSQL', async () => {
  created += 1;
  const schema = `log_${created}`;
  const database = await open(schema);
  await migrate(database, logStoreMigrations);
  return {
    store: createLogStorePostgres(database),
    reopen: async () => createLogStorePostgres(await open(schema)),
  };
});
