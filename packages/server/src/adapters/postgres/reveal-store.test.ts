import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeRevealStore } from '../../ports/reveal-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createRevealStorePostgres, type RevealTables, revealStoreMigrations } from './reveal-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<RevealTables>({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeRevealStore('reveal store in PostgreSQL', async () => {
  created += 1;
  const schema = `distributor_${created}`;
  const database = await open(schema);
  await migrate(database, revealStoreMigrations);
  return {
    store: createRevealStorePostgres(database),
    reopen: async () => createRevealStorePostgres(await open(schema)),
  };
});
