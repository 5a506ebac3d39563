import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describePolicyStore } from '../../ports/policy-store.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createPolicyStorePostgres, type PolicyTables, policyStoreMigrations } from './policy-store.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<PolicyTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describePolicyStore('policy store in PostgreSQL', async () => {
  created += 1;
  const schema = `policies_${created}`;
  const database = await open(schema);
  await migrate(database, policyStoreMigrations);
  return {
    store: createPolicyStorePostgres(database),
    reopen: async () => createPolicyStorePostgres(await open(schema)),
  };
});
