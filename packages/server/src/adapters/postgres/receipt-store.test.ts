import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeReceiptStore } from '../../ports/receipt-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createReceiptStorePostgres, receiptStoreMigrations } from './receipt-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeReceiptStore('receipt store in PostgreSQL', async () => {
  created += 1;
  const schema = `receipts_${created}`;
  const database = await open(schema);
  await migrate(database, receiptStoreMigrations);
  return {
    store: createReceiptStorePostgres(database),
    reopen: async () => createReceiptStorePostgres(await open(schema)),
  };
});
