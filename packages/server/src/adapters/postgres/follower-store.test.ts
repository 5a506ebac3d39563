import { afterAll, expect } from 'vitest';
import { describeFollowerStore } from '../../../../verifier/src/follow/follower-store.contract.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from './database.ts';
import {
  createFollowerStorePostgres,
  createSuccessorStoresPostgres,
  type FollowerTables,
  followerStoreMigrations,
} from './follower-store.ts';
import { migrate } from './migration.ts';
import type { SnapshotTables } from './snapshot-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open<Tables = FollowerTables>(schema: string) {
  const database = await openDatabase<Tables>({ url: test.url, schema, poolMax: 2 });
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

describeFollowerStore('follower store in PostgreSQL of a log that succeeds another', async () => {
  created += 1;
  const schema = `follower_${created}`;
  const opened = async () => createSuccessorStoresPostgres(await open<FollowerTables & SnapshotTables>(schema));
  await migrate(await open(schema), followerStoreMigrations);
  const first = await opened();
  expect(await first.find(1)).toBeUndefined();
  const { store } = await first.open(1);
  await (await first.open(2)).store.append(0, ['elsewhere'], 'note');
  return {
    store,
    reopen: async () => (await (await opened()).find(1))?.store ?? expect.fail('it is there'),
  };
});
