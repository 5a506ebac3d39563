import { afterAll } from 'vitest';
import { describeFollowerStore } from '../../../../verifier/src/follow/follower-store.contract.ts';
import { createTestDatabase } from '../../../test/test-database.ts';
import { type Database, openDatabase } from './database.ts';
import { createFollowerStorePostgres, type FollowerTables, followerStoreMigrations } from './follower-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
const opened: Database<FollowerTables>[] = [];
afterAll(async () => {
  for (const database of opened) await database[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function open(schema: string) {
  const database = await openDatabase<FollowerTables>({ url: test.url, schema, poolMax: 2 });
  opened.push(database);
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
