import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describePresentationStore } from '../../ports/presentation-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import {
  createPresentationStorePostgres,
  type PresentationTables,
  presentationStoreMigrations,
} from './presentation-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<PresentationTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
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
