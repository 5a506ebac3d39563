import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeFollowUpStore } from '../../ports/follow-up-store.contract.ts';
import { openDatabase } from './database.ts';
import { createFollowUpStorePostgres, type FollowUpTables, followUpStoreMigrations } from './follow-up-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<FollowUpTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeFollowUpStore('follow-up store in PostgreSQL', async () => {
  created += 1;
  const schema = `follow_ups_${created}`;
  const database = await open(schema);
  await migrate(database, followUpStoreMigrations);
  return {
    store: createFollowUpStorePostgres(database),
    reopen: async () => createFollowUpStorePostgres(await open(schema)),
  };
});
