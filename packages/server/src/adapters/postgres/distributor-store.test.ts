import { type Kysely, sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { describeDistributorStore } from '../../ports/distributor-store.contract.ts';
import type { DistributorStore } from '../../ports/distributor-store.ts';
import { openDatabase } from './database.ts';
import { createDistributorStorePostgres, distributorStoreMigrations } from './distributor-store.ts';
import { migrate } from './migration.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function open(schema: string, statementTimeoutMs = 15_000) {
  const database = await openDatabase({ url: test.url, schema, poolMax: 4, statementTimeoutMs });
  closeAfterTest(database);
  return database;
}

let created = 0;
async function create() {
  created += 1;
  const schema = `distributor_${created}`;
  const database = await open(schema);
  await migrate(database, distributorStoreMigrations);
  const store = createDistributorStorePostgres(database);
  return { schema, database, store, reopen: async () => createDistributorStorePostgres(await open(schema)) };
}

describeDistributorStore("distributor's store in PostgreSQL", create);

const APPLICATIONS = Array.from({ length: 40 }, (_, i) => ({
  program: 'p',
  application: `a${i}`,
  holder: `h${i % 7}`,
  receivedAt: 1,
  salt: 's',
  sealed: new Uint8Array([i]),
  acknowledgement: `ack ${i}`,
  maxApplications: 30,
}));

it('gives up on a program that somebody else holds, with nothing kept', async () => {
  const { schema, store } = await create();
  await store.addProgram({ id: 'p', digest: 'd' });
  const hurried = createDistributorStorePostgres(await open(schema, 200));
  await using admin = await connectAdmin();
  await admin.query(`begin; select from ${schema}.program for update`);
  await expect(hurried.accept(APPLICATIONS)).rejects.toMatchObject({ code: 'database.slow' });
  await admin.query('rollback');
  expect(await store.readLeaves('p', 100)).toEqual([]);
  expect((await hurried.accept(APPLICATIONS))[0]).toEqual({ answer: 'kept', acknowledgement: 'ack 0' });
});

it('keeps nothing when the connection breaks before the end, and all of it when the same is asked again', async () => {
  const { schema, store } = await create();
  await store.addProgram({ id: 'p', digest: 'd' });
  await using admin = await connectAdmin();
  await admin.query(`create function ${schema}.die() returns trigger language plpgsql security definer as
    'begin perform pg_terminate_backend(pg_backend_pid()); return null; end'`);
  // One statement, confirmed by its answer: wherever it breaks, nobody on this side knows.
  for (const when of ['', 'deferrable initially deferred']) {
    await admin.query(`create constraint trigger dying after insert on ${schema}.unjudged ${when}
      for each row execute function ${schema}.die()`);
    await expect(store.accept(APPLICATIONS.slice(0, 3))).rejects.toMatchObject({
      code: 'database.outcome-unknown',
    });
    await admin.query(`drop trigger dying on ${schema}.unjudged`);
    expect(await store.readProgram('p')).toMatchObject({ count: 0 });
    expect(await store.readUnjudged('p', 10)).toEqual([]);
  }
  const again = await store.accept(APPLICATIONS.slice(0, 3));
  expect(again.map(({ answer }) => answer)).toEqual(['kept', 'kept', 'kept']);
  expect(await store.readProgram('p')).toMatchObject({ count: 3 });
});

it('asserts by constraint what the calls decide: one per person, no negative amount, nothing paid that is not admitted', async () => {
  const { database, store } = await create();
  await store.addProgram({ id: 'p', digest: 'd' });
  await store.accept(APPLICATIONS);
  await judgeAndAdmit(store);
  const { kysely } = database;
  for (const [code, wrong] of [
    ['23505', sql`insert into admission select program, 'a9', nullifier from admission limit 1`],
    ['23503', sql`insert into admission values (1, 'unknown', 'n')`],
    ['23503', sql`insert into payment values (1, 'a9', 1, 'planned', 1)`],
    ['23514', sql`update payment set amount = -1`],
    ['23514', sql`update judgement set refused = 'application.issuer_cap'`],
    ['23514', sql`update program set count = -1`],
  ] as const) {
    await expect(wrong.execute(kysely)).rejects.toMatchObject({ code });
  }
});

it('has counted what is there, after everything has come at once and twice', async () => {
  const { database, store, reopen } = await create();
  const other = await reopen();
  await store.addProgram({ id: 'p', digest: 'd' });
  await Promise.all([0, 5, 10, 15, 20, 0].map((i) => (i % 2 ? other : store).accept(APPLICATIONS.slice(i, i + 20))));
  await Promise.all([store, other].map(judgeAndAdmit));
  const { kysely } = database;
  const rows = await readCounts(kysely);
  expect(rows.kept).toBe(30);
  expect(await store.readProgram('p')).toMatchObject({ count: rows.kept });
  expect(await store.countApplications('p')).toEqual({
    all: rows.kept,
    unjudged: rows.queued,
    admitted: rows.admitted,
    refused: rows.refused,
  });
  const { rows: states } = await sql<{ state: string; count: number; total: string }>`
    select state, count(*) as count, sum(amount)::text as total from payment group by state`.execute(kysely);
  const sums = states.map(({ state, count, total }) => [state, { count, total: BigInt(total) }]);
  expect(await store.sumPayments('p')).toEqual(Object.fromEntries(sums));
  expect(states.length).toBeGreaterThan(1);
});

/** Every third is refused; five are one person each; half of the payments are posted. */
async function judgeAndAdmit(store: DistributorStore): Promise<void> {
  const unjudged = await store.readUnjudged('p', 100);
  const judgements = unjudged.map(({ application, sequence }) =>
    sequence % 3 === 0
      ? { application, refused: 'application.not_eligible' as const }
      : { application, candidacy: { issuer: 'civic', nullifier: `n${sequence % 13}`, held: false } },
  );
  await store.judge('p', judgements);
  const judged = await store.readJudged('p', 100);
  const names = judged.map(({ application }) => application);
  const lost = new Set(await store.admit('p', names.slice(5), []));
  const admitted = names.slice(5).filter((name) => !lost.has(name));
  await store.plan(
    'p',
    admitted.map((application, i) => ({ application, amount: BigInt(i) + 1n })),
    1,
  );
  const half = admitted.filter((_, i) => i % 2 === 0);
  await store.advance(
    'p',
    half.map((application) => ({ application, from: 'planned', to: 'posted' })),
    2,
  );
}

async function readCounts(kysely: Kysely<unknown>) {
  const { rows } = await sql<{ kept: number; queued: number; admitted: number; refused: number }>`
    select (select count(*) from application) as kept, (select count(*) from unjudged) as queued,
      (select count(*) from admission) as admitted, count(*) as refused
    from judgement where refused is not null`.execute(kysely);
  return rows[0] ?? expect.fail('a count is a row');
}

async function connectAdmin(): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: test.url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
