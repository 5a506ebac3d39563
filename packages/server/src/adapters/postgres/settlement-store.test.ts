import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeSettlementStore } from '../../ports/settlement-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createSettlementStorePostgres } from './settlement-store.ts';
import { type SettlementTables, settlementStoreMigrations } from './settlement-tables.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<SettlementTables>({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeSettlementStore('settlement store in PostgreSQL', async () => {
  created += 1;
  const schema = `distributor_${created}`;
  const database = await open(schema);
  await migrate(database, settlementStoreMigrations);
  return {
    store: createSettlementStorePostgres(database),
    reopen: async () => createSettlementStorePostgres(await open(schema)),
  };
});
