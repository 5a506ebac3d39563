import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeDecisionStore } from '../../ports/decision-store.contract.ts';
import { openDatabase } from './database.ts';
import { createDecisionStorePostgres, type DecisionTables, decisionStoreMigrations } from './decision-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<DecisionTables>({ url: test.url, schema, poolMax: 6 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeDecisionStore('decision store in PostgreSQL', async () => {
  created += 1;
  const schema = `governor_${created}`;
  const database = await open(schema);
  await migrate(database, decisionStoreMigrations);
  return {
    store: createDecisionStorePostgres(database),
    reopen: async () => createDecisionStorePostgres(await open(schema)),
  };
});
