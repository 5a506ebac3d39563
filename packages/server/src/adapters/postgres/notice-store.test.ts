import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeNoticeStore } from '../../ports/notice-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createNoticeStorePostgres, type NoticeTables, noticeStoreMigrations } from './notice-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<NoticeTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeNoticeStore('notice store in PostgreSQL', async () => {
  created += 1;
  const schema = `notices_${created}`;
  const database = await open(schema);
  await migrate(database, noticeStoreMigrations);
  return {
    store: createNoticeStorePostgres(database),
    reopen: async () => createNoticeStorePostgres(await open(schema)),
  };
});
