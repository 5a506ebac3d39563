import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeLogStore } from '../../ports/log-store.contract.ts';
import { openDatabase } from './database.ts';
import { createLogStorePostgres, type LogTables, logStoreMigrations, openLogStorePostgres } from './log-store.ts';
import { migrate } from './migration.ts';
import type { SnapshotTables } from './snapshot-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open<Tables = LogTables>(schema: string) {
  const database = await openDatabase<Tables>({ url: test.url, schema, poolMax: 2 });
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

describeLogStore('log store in PostgreSQL of a log that succeeds another', async () => {
  created += 1;
  const schema = `log_${created}`;
  await migrate(await open(schema), logStoreMigrations);
  const opened = async () => (await openLogStorePostgres(await open<LogTables & SnapshotTables>(schema), 1)).store;
  await createLogStorePostgres(await open(schema)).append(0, ['of the first log']);
  return { store: await opened(), reopen: opened };
});
