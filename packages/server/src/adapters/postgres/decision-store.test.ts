import { afterAll } from 'vitest';
import { createTestDatabase } from '../../../test/test-database.ts';
import { describeDecisionStore } from '../../ports/decision-store.contract.ts';
import { type Database, openDatabase } from './database.ts';
import { createDecisionStorePostgres, type DecisionTables, decisionStoreMigrations } from './decision-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
const opened: Database<DecisionTables>[] = [];
afterAll(async () => {
  for (const database of opened) await database[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function open(schema: string) {
  const database = await openDatabase<DecisionTables>({ url: test.url, schema, poolMax: 6 });
  opened.push(database);
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
