import { connect, createServer, type Server, type Socket } from 'node:net';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { closeAfterTest, createTestDatabase, openPatiently } from '../../../test/test-database.ts';
import { type Database, type DatabaseOptions, openDatabase, transaction } from './database.ts';

const server = await createTestDatabase();
afterAll(() => server[Symbol.asyncDispose]());

async function open(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const database = await openDatabase({ url: server.url, schema: 'issuer', ...options });
  closeAfterTest(database);
  return database;
}

/** A rejection's code, and the sentence to look into. */
async function failureOf(work: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const error = await work.then(
    () => expect.fail('this should have been refused'),
    (reason: unknown) => reason,
  );
  return { code: (error as { code?: unknown }).code, message: (error as Error).message };
}

it('keeps a role from reading the tables of another, and RESET ROLE does not lead out', async () => {
  const issuer = await open();
  const governor = await open({ schema: 'governor' });
  await sql`create table secret (word text)`.execute(governor.kysely);
  await sql`insert into secret values ('quorum')`.execute(governor.kysely);

  expect((await sql`select word from secret`.execute(governor.kysely)).rows).toEqual([{ word: 'quorum' }]);
  const read = sql`select word from governor.secret`;
  expect((await failureOf(read.execute(issuer.kysely))).code).toBe('42501');
  await sql`reset role`.execute(issuer.kysely);
  expect((await failureOf(read.execute(issuer.kysely))).code).toBe('42501');
});

it('makes every connection of the pool the role from its first statement on', async () => {
  const { kysely } = await open({ poolMax: 4 });
  const who = sql<{ name: string }>`select current_user as name from pg_sleep(0.05)`;
  const answers = await Promise.all([1, 2, 3, 4].map(() => who.execute(kysely)));
  expect(answers.map(({ rows }) => rows[0]?.name)).toEqual(Array(4).fill('holdfast_issuer'));
});

it('reads an int8 as a number and stops rather than round a larger one', async () => {
  const { kysely } = await open();
  const { rows } = await sql`select 9007199254740991::int8 as most, array[1, null]::int8[] as list`.execute(kysely);
  expect(rows).toEqual([{ most: Number.MAX_SAFE_INTEGER, list: [1, null] }]);
  await expect(sql`select 9007199254740993::int8`.execute(kysely)).rejects.toThrow('safe integer');
  await expect(sql`select array[9007199254740993]::int8[]`.execute(kysely)).rejects.toThrow('safe integer');
  expect((await sql`select '9007199254740993' as exact`.execute(kysely)).rows).toEqual([{ exact: '9007199254740993' }]);
});

it('says what is wrong with an address without repeating the password in it', async () => {
  const { code, message } = await failureOf(open({ url: 'http://me:hunter2@localhost/holdfast' }));
  expect(code).toBe('database.url');
  expect(message).not.toContain('hunter2');

  const stranger = new URL(server.url);
  stranger.username = 'stranger';
  stranger.password = 'hunter2';
  const refused = await failureOf(open({ url: stranger.href }));
  expect(refused.code).toBe('database.refused');
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});

it('names a database that is not there, and a server that is not there', async () => {
  const absent = new URL(server.url);
  absent.pathname = '/holdfast_nowhere';
  expect((await failureOf(open({ url: absent.href }))).code).toBe('database.absent');

  const closed = createServer();
  const port = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
  const { code, message } = await failureOf(open({ url: `postgres://me@127.0.0.1:${port}/holdfast` }));
  expect(code).toBe('database.unreachable');
  expect(message).toContain(`127.0.0.1:${port}/holdfast`);
});

it('does not wait for ever for a server that accepts connections and says nothing', async () => {
  const silent = createServer();
  const port = await listen(silent);
  const { code } = await failureOf(open({ url: `postgres://me@127.0.0.1:${port}/holdfast`, waitTimeoutMs: 200 }));
  expect(code).toBe('database.unreachable');
  silent.close();
});

it('bounds the wait for a connection, and how many may wait', async () => {
  const database = await openPatiently({
    url: server.url,
    schema: 'issuer',
    poolMax: 1,
    waitingMax: 1,
    waitTimeoutMs: 300,
  });
  closeAfterTest(database);
  const { kysely } = database;
  const long = sql`select pg_sleep(1)`.execute(kysely);
  const waiting = failureOf(sql`select 1`.execute(kysely));
  expect((await failureOf(sql`select 1`.execute(kysely))).code).toBe('database.busy');
  expect((await waiting).code).toBe('database.busy');
  await long;
  expect((await sql`select 1 as again`.execute(kysely)).rows).toEqual([{ again: 1 }]);
});

it('cuts off a statement that takes too long, and goes on', async () => {
  const { kysely } = await open({ poolMax: 1, statementTimeoutMs: 200 });
  expect((await failureOf(sql`select pg_sleep(30)`.execute(kysely))).code).toBe('database.slow');
  expect((await sql`select 1 as again`.execute(kysely)).rows).toEqual([{ again: 1 }]);
});

it('survives a connection that dies idle or in the middle of a statement, and uses it no more', async () => {
  const database = await open({ poolMax: 1 });
  await using admin = await connectAdmin();
  const pid = async () =>
    (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database.kysely)).rows[0]?.pid;
  const first = await pid();
  await admin.query('select pg_terminate_backend($1, 5000)', [first]);
  const second = await pid();
  expect(second).not.toBe(first);

  const cut = failureOf(sql`select pg_sleep(30)`.execute(database.kysely));
  await admin.query('select pg_terminate_backend($1, 5000)', [second]);
  expect((await cut).code).toBe('database.unreachable');
  expect(await pid()).not.toBe(second);
});

it('commits all of a transaction or none of it', async () => {
  const database = await open();
  await sql`create table step (n int8)`.execute(database.kysely);
  const failing = transaction(database, async (open) => {
    await sql`insert into step values (1)`.execute(open);
    throw new Error('the second half failed');
  });
  await expect(failing).rejects.toThrow('the second half failed');
  expect((await sql`select * from step`.execute(database.kysely)).rows).toEqual([]);
  const answer = await transaction(database, async (open) => {
    await sql`insert into step values (1), (2)`.execute(open);
    return 'written';
  });
  expect(answer).toBe('written');
  expect((await sql`select * from step`.execute(database.kysely)).rows).toHaveLength(2);
});

it('does not report a commit when the work swallowed the error of a statement', async () => {
  const database = await open();
  await sql`create table swallowed (n int8)`.execute(database.kysely);
  const work = transaction(database, async (open) => {
    await sql`insert into swallowed values (1)`.execute(open);
    await sql`select 1 / 0`.execute(open).catch(() => undefined);
  });
  await expect(work).rejects.toThrow();
  expect((await sql`select * from swallowed`.execute(database.kysely)).rows).toEqual([]);
});

it('runs the work of two transactions in each other’s way again, so that both decisions hold', async () => {
  const database = await open();
  await sql`create table on_call (name text, present boolean)`.execute(database.kysely);
  await sql`insert into on_call values ('ada', true), ('bo', true)`.execute(database.kysely);
  let runs = 0;
  let release: (() => void) | undefined;
  const bothHaveRead = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Write skew: each sees the other present and leaves; one of them must be made to look again.
  const leave = (name: string) =>
    transaction(
      database,
      async (open) => {
        runs += 1;
        const { rows } = await sql`select name from on_call where present`.execute(open);
        if (runs === 2) release?.();
        await bothHaveRead;
        if (rows.length === 2) await sql`update on_call set present = false where name = ${name}`.execute(open);
      },
      { isolation: 'serializable' },
    );
  await Promise.all([leave('ada'), leave('bo')]);
  expect(runs).toBe(3);
  expect((await sql`select name from on_call where present`.execute(database.kysely)).rows).toHaveLength(1);
});

it('gives up after three collisions, with nothing written', async () => {
  const database = await open();
  await sql`create table collided (n int8)`.execute(database.kysely);
  let runs = 0;
  const work = transaction(database, async (open) => {
    runs += 1;
    await sql`insert into collided values (${runs})`.execute(open);
    await sql`do $$ begin raise exception using errcode = '40P01'; end $$`.execute(open);
  });
  expect((await failureOf(work)).code).toBe('database.contended');
  expect(runs).toBe(3);
  expect((await sql`select * from collided`.execute(database.kysely)).rows).toEqual([]);
});

it('does not run work again that failed for any other reason', async () => {
  const database = await open();
  let runs = 0;
  const work = transaction(database, async (open) => {
    runs += 1;
    await sql`select 1 / 0`.execute(open);
  });
  expect((await failureOf(work)).code).toBe('22012');
  expect(runs).toBe(1);
});

it('says that the outcome is unknown when the connection breaks while COMMIT is under way', async () => {
  const { url, relay } = await cutWhenSent('commit\0');
  const database = await open({ url });
  await sql`create table torn (n int8)`.execute(database.kysely);
  const work = transaction(database, (open) => sql`insert into torn values (1)`.execute(open));
  expect((await failureOf(work)).code).toBe('database.outcome-unknown');
  relay.close();
});

it('says plainly that nothing was written when it breaks before', async () => {
  const { url, relay } = await cutWhenSent('insert into never');
  const database = await open({ url });
  await sql`create table never (n int8)`.execute(database.kysely);
  const work = transaction(database, (open) => sql`insert into never values (1)`.execute(open));
  expect((await failureOf(work)).code).toBe('database.unreachable');
  expect((await sql`select * from never`.execute(database.kysely)).rows).toEqual([]);
  relay.close();
});

async function connectAdmin(): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** A way to the server that passes everything on, and cuts both ends just after it has passed on `text`. */
async function cutWhenSent(text: string): Promise<{ url: string; relay: Server }> {
  const { hostname, port } = new URL(server.url);
  const relay = createServer((near: Socket) => {
    const far = connect(Number(port || 5432), hostname);
    near.on('error', () => undefined);
    far.on('error', () => undefined);
    far.pipe(near);
    near.on('data', (bytes) => {
      far.write(bytes, () => {
        if (!bytes.toString('latin1').includes(text)) return;
        near.destroy();
        far.destroy();
      });
    });
    near.on('close', () => far.destroy());
  });
  const address = new URL(server.url);
  address.port = String(await listen(relay));
  return { url: address.href, relay };
}

function listen(listener: Server): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
}
