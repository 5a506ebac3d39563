import { assert } from '@holdfast/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import {
  type DistributorStore,
  type KeptApplication,
  MAX_APPLICATIONS_PER_READ,
  PAYMENT_STEPS,
  type Payment,
  type ProgramStep,
} from '../../ports/distributor-store.ts';
import { type Database, transaction } from './database.ts';
import { acceptAtOnce } from './distributor-accept.ts';
import { accept } from './distributor-intake.ts';
import { admit, judge, readmit } from './distributor-judging.ts';
import { advance, plan } from './distributor-paying.ts';
import { numberOf, type ProgramRow, programOf, readApplications } from './distributor-rows.ts';
import { countApplications, readSpent, sumPayments } from './distributor-tally.ts';

export { distributorStoreMigrations } from './distributor-schema.ts';

/**
 * A distributor's memory in PostgreSQL. Whoever changes something of a program locks the rows that the decision rests on,
 * in one order, or rests it on a unique constraint.
 */
export function createDistributorStorePostgres(database: Database): DistributorStore {
  return {
    ...keyCalls(database.kysely),
    ...programCalls(database.kysely),
    ...applicationCalls(database),
    ...judgementCalls(database),
    ...paymentCalls(database),
  };
}

type Sql = Kysely<unknown>;

function keyCalls(kysely: Sql): Pick<DistributorStore, 'addKey' | 'readKey' | 'countKeys' | 'eraseKey'> {
  return {
    async addKey({ digest, sealed }) {
      await sql`insert into nullifier_key (digest, sealed) values (${digest}, ${Buffer.from(sealed)})
        on conflict do nothing`.execute(kysely);
    },
    async readKey(digest) {
      const { rows } = await sql<{ sealed: Buffer }>`
        select sealed from nullifier_key where digest = ${digest} and sealed is not null`.execute(kysely);
      return rows[0] === undefined ? undefined : { digest, sealed: new Uint8Array(rows[0].sealed) };
    },
    async countKeys() {
      const { rows } = await sql<{ count: string }>`
        select count(*) from nullifier_key where sealed is not null`.execute(kysely);
      return Number(rows[0]?.count ?? 0);
    },
    async eraseKey(digest) {
      await sql`update nullifier_key set sealed = null where digest = ${digest}`.execute(kysely);
    },
  };
}

type ProgramCalls = Pick<
  DistributorStore,
  'addProgram' | 'readProgram' | 'readPrograms' | 'close' | 'keepStatement' | 'replaceStatement'
>;

function programCalls(kysely: Sql): ProgramCalls {
  return {
    async addProgram({ id, digest }) {
      await sql`insert into program (id, digest) values (${id}, ${digest}) on conflict do nothing`.execute(kysely);
    },
    async readProgram(id) {
      const { rows } = await sql<ProgramRow>`select * from program where id = ${id}`.execute(kysely);
      return rows[0] === undefined ? undefined : programOf(rows[0]);
    },
    async readPrograms() {
      const { rows } = await sql<ProgramRow>`select * from program order by number`.execute(kysely);
      return rows.map(programOf);
    },
    async close(id, at) {
      const { rows } = await sql<ProgramRow>`
        update program set closed_at_ms = coalesce(closed_at_ms, ${at}::int8) where id = ${id} returning *`.execute(
        kysely,
      );
      assert(rows[0] !== undefined, 'a program is added before anything is done with it');
      return programOf(rows[0]);
    },
    async keepStatement(id, step, statement) {
      const column = sql.ref(step satisfies ProgramStep);
      const { rows } = await sql<{ kept: string }>`
        update program set ${column} = coalesce(${column}, ${statement}) where id = ${id} returning ${column} as kept`.execute(
        kysely,
      );
      assert(rows[0] !== undefined, 'a program is added before anything is done with it');
      return rows[0].kept;
    },
    async replaceStatement(id, step, from, to) {
      const column = sql.ref(step satisfies ProgramStep);
      const { rows } = await sql<{ kept: string | null }>`
        update program set ${column} = case when ${column} = ${from} then ${to} else ${column} end
        where id = ${id} returning ${column} as kept`.execute(kysely);
      assert(rows[0] !== undefined, 'a program is added before anything is done with it');
      return rows[0].kept ?? undefined;
    },
  };
}

type ApplicationCalls = Pick<
  DistributorStore,
  | 'accept'
  | 'read'
  | 'findByCode'
  | 'readLeaves'
  | 'readUnjudged'
  | 'countApplications'
  | 'readPerson'
  | 'eraseSent'
  | 'eraseSealed'
>;

function applicationCalls(database: Database): ApplicationCalls {
  const { kysely } = database;
  return {
    async accept(applications) {
      assertBounded(applications);
      if (applications.length === 0) return [];
      const answers = await acceptAtOnce(database, applications);
      return answers ?? transaction(database, (open) => accept(open, applications));
    },
    async read(program, application) {
      const one = sql<Named>`select ${numberOf(program)} as program, ${application} as application`;
      return (await readApplications(kysely, program, one))[0];
    },
    async findByCode(code) {
      const { rows } = await sql<{ program: string; application: string }>`
        select program.id as program, application.application from sealed_application as sent
        join application on application.program = sent.program and application.sequence = sent.sequence
        join program on program.number = sent.program
        where sent.code = ${code} limit 1`.execute(kysely);
      return rows[0];
    },
    async readLeaves(program, limit, after = '') {
      const { rows } = await sql<{ application: string; salt: string }>`
        select application, salt from application
        where program = ${numberOf(program)} and application > ${after}
        order by application limit ${bounded(limit)}`.execute(kysely);
      return rows;
    },
    readUnjudged(program, limit) {
      const first = sql<Named>`select program, application from unjudged
        where program = ${numberOf(program)} order by sequence limit ${bounded(limit)}`;
      return readApplications(kysely, program, first, { order: 'sequence' });
    },
    countApplications: (program) => countApplications(kysely, program),
    readPerson: (by) => readPerson(kysely, by),
    async eraseSent(program, applications) {
      assertBounded(applications);
      const { numAffectedRows } = await sql`
        delete from sealed_application where program = ${numberOf(program)} and sequence in (
          select sequence from application
          where program = ${numberOf(program)} and application = any(${[...applications]}::text[])
        )`.execute(kysely);
      return Number(numAffectedRows ?? 0);
    },
    async eraseSealed(program, limit) {
      const { numAffectedRows } = await sql`
        delete from sealed_application where program = ${numberOf(program)} and sequence in (
          select sequence from sealed_application
          where program = ${numberOf(program)} order by sequence limit ${bounded(limit)}
        )`.execute(kysely);
      return Number(numAffectedRows ?? 0);
    },
  };
}

async function readPerson(
  kysely: Database['kysely'],
  { holders, verdicts }: Parameters<DistributorStore['readPerson']>[0],
): Promise<KeptApplication[]> {
  const { rows } = await sql<Named & { id: string }>`
    select id, program, application from (
      select kept.program, kept.application from program cross join lateral (
        select program, application from application as one
        where one.program = program.number and one.holder = any(${[...holders]}::text[])
      ) as kept
      union
      select program, application from judgement where verdict = any(${[...verdicts]}::text[])
    ) as theirs join program on program.number = theirs.program
    limit ${MAX_APPLICATIONS_PER_READ}`.execute(kysely);
  const found: KeptApplication[] = [];
  for (const { id, program, application } of rows) {
    const one = sql<Named>`select ${program}::int4 as program, ${application} as application`;
    found.push(...(await readApplications(kysely, id, one, { isWithSealed: false })));
  }
  return found;
}

function judgementCalls(database: Database): Pick<DistributorStore, 'judge' | 'readJudged' | 'admit' | 'readmit'> {
  return {
    async judge(program, judgements) {
      assertBounded(judgements);
      if (judgements.length === 0) return;
      await inProgram(database, program, (open, number) => judge(open, number, judgements));
    },
    readJudged(program, limit, after = '') {
      const page = sql<Named>`select program, application from judgement
        where program = ${numberOf(program)} and application > ${after}
        order by application limit ${bounded(limit)}`;
      return readApplications(database.kysely, program, page, { isWithSealed: false });
    },
    async admit(program, admitted, refused) {
      const names = [...admitted, ...refused.map(({ application }) => application)];
      assertBounded(names);
      assertDistinct(names);
      if (names.length === 0) return [];
      return inProgram(database, program, (open, number) => admit(open, number, admitted, refused));
    },
    readmit: (program, judgement, when) =>
      inProgram(database, program, (open, number) => readmit(open, number, judgement, when)),
  };
}

type PaymentCalls = Pick<DistributorStore, 'plan' | 'advance' | 'readPayments' | 'sumPayments' | 'readSpent'>;

function paymentCalls(database: Database): PaymentCalls {
  const { kysely } = database;
  return {
    async plan(program, payments, at, most) {
      assertBounded(payments);
      if (payments.length === 0) return true;
      const beyond = new Error('more than may be spent');
      const planned = inProgram(database, program, async (open, number) => {
        if (!(await plan(open, number, payments, at, most))) throw beyond;
        return true;
      });
      return planned.catch((error: unknown) => {
        if (error === beyond) return false;
        throw error;
      });
    },
    async advance(program, changes, at) {
      assertBounded(changes);
      assertDistinct(changes.map(({ application }) => application));
      for (const { from, to } of changes) assert(PAYMENT_STEPS[from].includes(to), 'a payment only moves forwards');
      if (changes.length === 0) return [];
      return inProgram(database, program, (open, number) => advance(open, number, changes, at));
    },
    async readPayments(program, state, limit, after = '') {
      const page = sql<Named>`select program, application from payment
        where program = ${numberOf(program)} and state = ${state} and application > ${after}
        order by application limit ${bounded(limit)}`;
      return (await readApplications(kysely, program, page)).map(withPayment);
    },
    sumPayments: (program) => sumPayments(kysely, program),
    readSpent: (program) => readSpent(kysely, program),
  };
}

type Named = { program: number; application: string };

async function inProgram<Result>(
  database: Database,
  program: string,
  work: (open: Transaction<unknown>, number: number) => Promise<Result>,
): Promise<Result> {
  return transaction(database, async (open) => {
    const { rows } = await sql<{ number: number | null }>`select ${numberOf(program)} as number`.execute(open);
    const number = rows[0]?.number ?? undefined;
    assert(number !== undefined, 'a program is added before anything is done with it');
    return work(open, number);
  });
}

function withPayment({ payment, ...kept }: KeptApplication): KeptApplication & { readonly payment: Payment } {
  assert(payment !== undefined, 'what is read by its payment has one');
  return { ...kept, payment };
}

function bounded(limit: number): number {
  return Math.min(limit, MAX_APPLICATIONS_PER_READ);
}

function assertBounded(named: readonly unknown[]): void {
  assert(named.length <= MAX_APPLICATIONS_PER_READ, 'a call names no more applications than its bound');
}

function assertDistinct(names: readonly string[]): void {
  assert(new Set(names).size === names.length, 'a call names each application once');
}
