import { afterAll } from 'vitest';
import { createTestDatabase } from '../../../test/test-database.ts';
import { describeLogStore } from '../../ports/log-store.contract.ts';
import { type Database, openDatabase } from './database.ts';
import { createLogStorePostgres, type LogTables, logStoreMigrations } from './log-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
const opened: Database<LogTables>[] = [];
afterAll(async () => {
  for (const database of opened) await database[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function open(schema: string) {
  const database = await openDatabase<LogTables>({ url: test.url, schema, poolMax: 2 });
  opened.push(database);
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
