import { afterAll } from 'vitest';
import { describeCheckResultStore } from '../../../../verifier/src/checks/check-result-store.contract.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import {
  type CheckResultTables,
  checkResultStoreMigrations,
  createCheckResultStorePostgres,
} from './check-result-store.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<CheckResultTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeCheckResultStore('PostgreSQL', async () => {
  created += 1;
  const schema = `check_results_${created}`;
  const database = await open(schema);
  await migrate(database, checkResultStoreMigrations);
  return {
    store: createCheckResultStorePostgres(database),
    reopen: async () => createCheckResultStorePostgres(await open(schema)),
  };
});
