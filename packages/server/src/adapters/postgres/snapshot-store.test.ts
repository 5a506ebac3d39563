import { afterAll } from 'vitest';
import { describeSnapshotStore } from '../../../../verifier/src/follow/snapshot-store.contract.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createSnapshotStorePostgres, type SnapshotTables, snapshotStoreMigrations } from './snapshot-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<SnapshotTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeSnapshotStore('PostgreSQL', async () => {
  created += 1;
  const schema = `snapshots_${created}`;
  const database = await open(schema);
  await migrate(database, snapshotStoreMigrations);
  return {
    store: createSnapshotStorePostgres(database),
    reopen: async () => createSnapshotStorePostgres(await open(schema)),
  };
});
