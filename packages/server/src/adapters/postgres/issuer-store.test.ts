import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeIssuerStore } from '../../ports/issuer-store.contract.ts';
import { openDatabase } from './database.ts';
import { createIssuerStorePostgres, type IssuerTables, issuerStoreMigrations } from './issuer-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<IssuerTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeIssuerStore('issuer store in PostgreSQL', async () => {
  created += 1;
  const schema = `issuer_${created}`;
  const database = await open(schema);
  await migrate(database, issuerStoreMigrations);
  return {
    store: createIssuerStorePostgres(database),
    reopen: async () => createIssuerStorePostgres(await open(schema)),
  };
});
