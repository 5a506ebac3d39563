import { afterAll } from 'vitest';
import { createTestDatabase } from '../../../test/test-database.ts';
import { describePresentationStore } from '../../ports/presentation-store.contract.ts';
import { type Database, openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import {
  createPresentationStorePostgres,
  type PresentationTables,
  presentationStoreMigrations,
} from './presentation-store.ts';

const test = await createTestDatabase();
const opened: Database<PresentationTables>[] = [];
afterAll(async () => {
  for (const database of opened) await database[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function open(schema: string) {
  const database = await openDatabase<PresentationTables>({ url: test.url, schema, poolMax: 4 });
  opened.push(database);
  return database;
}

let created = 0;
describePresentationStore('presentation store in PostgreSQL', async () => {
  created += 1;
  const schema = `verifier_${created}`;
  const database = await open(schema);
  await migrate(database, presentationStoreMigrations);
  return {
    store: createPresentationStorePostgres(database),
    reopen: async () => createPresentationStorePostgres(await open(schema)),
  };
});
