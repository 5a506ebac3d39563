import { afterAll, describe } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { leaseContract } from '../../ports/lease.contract.ts';
import { openDatabase } from './database.ts';
import { createLeasePostgres, leaseMigrations } from './lease.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

describe('leases in PostgreSQL', () => {
  let made = 0;
  leaseContract(async () => {
    made += 1;
    const database = await openDatabase({ url: test.url, schema: `lease_${made}`, poolMax: 6 });
    closeAfterTest(database);
    await migrate(database, leaseMigrations);
    return createLeasePostgres(database);
  });
});
