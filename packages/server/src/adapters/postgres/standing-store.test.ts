import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeStandingStore } from '../../ports/standing-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createStandingStorePostgres, type StandingTables, standingStoreMigrations } from './standing-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<StandingTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeStandingStore('standing store in PostgreSQL', async () => {
  created += 1;
  const schema = `verifier_${created}`;
  const database = await open(schema);
  await migrate(database, standingStoreMigrations);
  return {
    store: createStandingStorePostgres(database),
    reopen: async () => createStandingStorePostgres(await open(schema)),
  };
});
