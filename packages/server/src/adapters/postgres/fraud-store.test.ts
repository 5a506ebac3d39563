import { afterAll } from 'vitest';
import { describeFraudStore } from '../../../../verifier/src/follow/fraud-store.contract.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from './database.ts';
import { createFraudStorePostgres, type FraudTables, fraudStoreMigrations } from './fraud-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<FraudTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeFraudStore('PostgreSQL', async () => {
  created += 1;
  const schema = `fraud_${created}`;
  const database = await open(schema);
  await migrate(database, fraudStoreMigrations);
  return {
    store: createFraudStorePostgres(database),
    reopen: async () => createFraudStorePostgres(await open(schema)),
  };
});
