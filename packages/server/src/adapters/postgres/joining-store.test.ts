import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeJoiningStore } from '../../ports/joining-store.contract.ts';
import { openDatabase } from './database.ts';
import { createJoiningStorePostgres, type JoiningTables, joiningStoreMigrations } from './joining-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<JoiningTables>({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeJoiningStore('joining store in PostgreSQL', async () => {
  created += 1;
  const schema = `governor_${created}`;
  const database = await open(schema);
  await migrate(database, joiningStoreMigrations);
  return {
    store: createJoiningStorePostgres(database),
    reopen: async () => createJoiningStorePostgres(await open(schema)),
  };
});
