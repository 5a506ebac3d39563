import { afterAll, expect, it } from 'vitest';
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

/** Each endpoint that is added is waited for: here not for as long as people are. */
const NOBODY_MS = 20;

let created = 0;
describeOutbox('outbox in PostgreSQL', async () => {
  created += 1;
  const schema = `outbox_${created}`;
  const database = await open(schema);
  await migrate(database, outboxMigrations);
  return {
    outbox: createOutboxPostgres(database, NOBODY_MS),
    reopen: async () => createOutboxPostgres(await open(schema), NOBODY_MS),
  };
});

it('misses nothing for an endpoint that was answered for, though another process has just seen that nobody asks', async () => {
  const schema = 'outbox_asked';
  const database = await open(schema);
  await migrate(database, outboxMigrations);
  const [one, other] = [createOutboxPostgres(database, 200), createOutboxPostgres(await open(schema), 200)];
  const event = (id: string) => ({ id, kind: 'application', subject: id, at: 1 });
  expect(await one.append([event('before')], 1)).toBe(0);
  await other.addEndpoint({ id: 'a', url: 'https://a.example/', kinds: ['application'], createdAt: 1 }, 16);
  expect(await one.append([event('after')], 1)).toBe(1);
  expect(await other.append([event('after')], 1)).toBe(0);
});
