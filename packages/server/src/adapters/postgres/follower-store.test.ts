import { afterAll } from 'vitest';
import { describeFollowerStore } from '../../../../verifier/src/follow/follower-store.contract.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from './database.ts';
import { createFollowerStorePostgres, type FollowerTables, followerStoreMigrations } from './follower-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<FollowerTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeFollowerStore('follower store in PostgreSQL', async () => {
  created += 1;
  const schema = `follower_${created}`;
  const database = await open(schema);
  await migrate(database, followerStoreMigrations);
  return {
    store: createFollowerStorePostgres(database),
    reopen: async () => createFollowerStorePostgres(await open(schema)),
  };
});
