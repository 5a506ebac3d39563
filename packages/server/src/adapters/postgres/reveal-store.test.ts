import { afterAll } from 'vitest';
import { createTestDatabase } from '../../../test/test-database.ts';
import { describeRevealStore } from '../../ports/reveal-store.contract.ts';
import { type Database, openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createRevealStorePostgres, type RevealTables, revealStoreMigrations } from './reveal-store.ts';

const test = await createTestDatabase();
const opened: Database<RevealTables>[] = [];
afterAll(async () => {
  for (const database of opened) await database[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function open(schema: string) {
  const database = await openDatabase<RevealTables>({ url: test.url, schema, poolMax: 6 });
  opened.push(database);
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
