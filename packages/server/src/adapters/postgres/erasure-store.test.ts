import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeErasureStore } from '../../ports/erasure-store.contract.ts';
import { openDatabase } from './database.ts';
import { createErasureStorePostgres, type ErasureTables, erasureStoreMigrations } from './erasure-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<ErasureTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeErasureStore('erasure store in PostgreSQL', async () => {
  created += 1;
  const schema = `erasures_${created}`;
  const database = await open(schema);
  await migrate(database, erasureStoreMigrations);
  return {
    store: createErasureStorePostgres(database),
    reopen: async () => createErasureStorePostgres(await open(schema)),
  };
});
