import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeCaseStore } from '../../ports/case-store.contract.ts';
import { type CaseTables, caseStoreMigrations, createCaseStorePostgres } from './case-store.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<CaseTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeCaseStore('case store in PostgreSQL', async () => {
  created += 1;
  const schema = `cases_${created}`;
  const database = await open(schema);
  await migrate(database, caseStoreMigrations);
  return {
    store: createCaseStorePostgres(database),
    reopen: async () => createCaseStorePostgres(await open(schema)),
  };
});
