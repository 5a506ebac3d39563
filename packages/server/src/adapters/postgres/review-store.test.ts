import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeReviewStore } from '../../ports/review-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createReviewStorePostgres, type ReviewTables, reviewStoreMigrations } from './review-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<ReviewTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeReviewStore('review store in PostgreSQL', async () => {
  created += 1;
  const schema = `reviews_${created}`;
  const database = await open(schema);
  await migrate(database, reviewStoreMigrations);
  return {
    store: createReviewStorePostgres(database),
    reopen: async () => createReviewStorePostgres(await open(schema)),
  };
});
