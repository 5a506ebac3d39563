import { afterAll } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeOutbox } from '../../ports/outbox.contract.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migration.ts';
import { createOutboxPostgres, type OutboxTables, outboxMigrations } from './outbox.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string) {
  const database = await openDatabase<OutboxTables>({ url: test.url, schema, poolMax: 4 });
  closeAfterTest(database);
  return database;
}

let created = 0;
describeOutbox('outbox in PostgreSQL', async () => {
  created += 1;
  const schema = `outbox_${created}`;
  const database = await open(schema);
  await migrate(database, outboxMigrations);
  return {
    outbox: createOutboxPostgres(database),
    reopen: async () => createOutboxPostgres(await open(schema)),
  };
});
