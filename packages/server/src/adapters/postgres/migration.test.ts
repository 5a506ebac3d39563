import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { type Database, openDatabase } from './database.ts';
import { type Migration, migrate } from './migration.ts';

const server = await createTestDatabase();
afterAll(() => server[Symbol.asyncDispose]());

async function open(schema: string): Promise<Database> {
  const database = await openDatabase({ url: server.url, schema });
  closeAfterTest(database);
  return database;
}

const tables: Migration = { name: '0001-tables', up: (open) => sql`create table list (id text)`.execute(open) };
const column: Migration = { name: '0002-column', up: (open) => sql`alter table list add size int8`.execute(open) };

async function namesIn(database: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from migration order by position`.execute(database.kysely);
  return rows.map(({ name }) => name);
}

it('runs each step once, whoever asks again, and keeps what was written in between', async () => {
  const database = await open('once');
  await migrate(database, [tables]);
  await sql`insert into list values ('a')`.execute(database.kysely);
  await migrate(database, [tables]);
  await migrate(database, [tables, column]);
  expect(await namesIn(database)).toEqual(['0001-tables', '0002-column']);
  expect((await sql`select * from list`.execute(database.kysely)).rows).toEqual([{ id: 'a', size: null }]);
});

it('lets one of several starts at once migrate, and the others find it done', async () => {
  const several = await Promise.all([1, 2, 3, 4].map(() => open('together')));
  await Promise.all(several.map((database) => migrate(database, [tables, column])));
  expect(await namesIn(several[0] as Database)).toEqual(['0001-tables', '0002-column']);
});

it('keeps the steps of each schema apart', async () => {
  const [north, south] = [await open('verifier_north'), await open('verifier_south')];
  await migrate(north, [tables]);
  await migrate(south, [tables, column]);
  expect(await namesIn(north)).toEqual(['0001-tables']);
});

it('refuses data of a newer version and touches nothing', async () => {
  const database = await open('newer');
  await migrate(database, [tables, column]);
  const other: Migration = { name: '0001-other', up: (open) => sql`create table other (id text)`.execute(open) };
  const refused = migrate(database, [tables, other]);
  await expect(refused).rejects.toMatchObject({
    code: 'database.newer',
    message: expect.stringContaining('0002-column'),
  });
  expect(await namesIn(database)).toEqual(['0001-tables', '0002-column']);
  await expect(sql`select * from other`.execute(database.kysely)).rejects.toMatchObject({ code: '42P01' });
});

it('undoes every step when one fails, and names it', async () => {
  const database = await open('failing');
  const wrong: Migration = { name: '0002-wrong', up: (open) => sql`alter table absent add x int8`.execute(open) };
  await expect(migrate(database, [tables, wrong])).rejects.toMatchObject({
    code: 'database.migration-failed',
    details: { schema: 'failing', migration: '0002-wrong' },
  });
  await expect(sql`select * from list`.execute(database.kysely)).rejects.toMatchObject({ code: '42P01' });
  await migrate(database, [tables, column]);
  expect(await namesIn(database)).toEqual(['0001-tables', '0002-column']);
});

it('runs a new step of one store after the old ones of another that is in the schema already', async () => {
  const database = await open('shared');
  const other: Migration = { name: 'other', up: (open) => sql`create table other (id text)`.execute(open) };
  await migrate(database, [tables, other]);
  await sql`insert into list values ('a')`.execute(database.kysely);
  for (let i = 0; i < 2; i += 1) await migrate(database, [tables, column, other]);
  expect(await namesIn(database)).toEqual(['0001-tables', 'other', '0002-column']);
  expect((await sql`select * from list`.execute(database.kysely)).rows).toEqual([{ id: 'a', size: null }]);
});

it('stops on a list whose names repeat', async () => {
  const database = await open('repeated');
  await expect(migrate(database, [tables, tables])).rejects.toThrow('its own name');
});

it('gives a migration more time than a statement of the pool has', async () => {
  const database = await openDatabase({ url: server.url, schema: 'patient', statementTimeoutMs: 100 });
  closeAfterTest(database);
  const slow: Migration = { name: '0001-slow', up: (open) => sql`select pg_sleep(0.5)`.execute(open) };
  await migrate(database, [slow]);
  expect(await namesIn(database)).toEqual(['0001-slow']);
});

it('lets those who use a table pass while it waits for the table, and goes on once it is free', async () => {
  const [database, busy] = [await open('used'), await open('used')];
  await migrate(database, [tables]);
  const using = await busy.kysely.startTransaction().execute();
  await sql`select * from list`.execute(using);
  const migrated = migrate(database, [tables, column], 50);
  for (let i = 0; i < 5; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Behind a step that waited for as long as it takes, this would wait until the other has ended.
    await sql`insert into list values (${`i${i}`})`.execute(busy.kysely);
  }
  expect(await namesIn(busy)).toEqual(['0001-tables']);
  await using.commit().execute();
  await migrated;
  expect(await namesIn(database)).toEqual(['0001-tables', '0002-column']);
  expect((await sql`select * from list`.execute(database.kysely)).rows).toHaveLength(5);
});
