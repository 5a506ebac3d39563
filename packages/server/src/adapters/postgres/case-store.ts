import { assert } from '@holdfast/core';
import { type Generated, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import {
  type CaseStore,
  type KeptFile,
  type KeptStep,
  MAX_STEPS_PER_READ,
  type NewStep,
  type StepApproval,
  type StepOutcome,
} from '../../ports/case-store.ts';
import { type Database, transaction } from './database.ts';
import type { Migration } from './migration.ts';

type StepTable = {
  sequence: Generated<number>;
  id: string;
  idempotency_key: string;
  request: string;
  case_id: string;
  act: string;
  digest: string;
  proposed_at_ms: number;
  /** JSON as text, in the order in which they came. */
  approvals: string;
  statement: string | null;
  outcome: string | null;
};

type FileTable = {
  sequence: Generated<number>;
  step: string;
  case_id: string;
  code: string;
  filer: string;
  subject: string;
  filed_at_ms: number;
  sealed: Uint8Array | null;
};

export type CaseTables = { case_step: StepTable; case_file: FileTable };

export const caseStoreMigrations: readonly Migration[] = [
  {
    name: 'case',
    async up(open) {
      await sql`create table case_step (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        idempotency_key text not null unique,
        request text not null,
        case_id text not null,
        act text not null,
        digest text not null,
        proposed_at_ms int8 not null,
        approvals text not null,
        statement text,
        outcome text
      )`.execute(open);
      await sql`create index case_step_waiting on case_step (sequence) where statement is not null and outcome is null`.execute(
        open,
      );
      await sql`create index case_step_case on case_step (case_id, sequence)`.execute(open);
      await sql`create table case_file (
        sequence int8 generated always as identity primary key,
        step text not null unique references case_step (id),
        case_id text not null,
        code text not null unique,
        filer text not null,
        subject text not null,
        filed_at_ms int8 not null,
        sealed bytea
      )`.execute(open);
      await sql`create index case_file_case on case_file (case_id, sequence)`.execute(open);
      await sql`create index case_file_filer on case_file (filer, filed_at_ms)`.execute(open);
      await sql`create index case_file_subject on case_file (subject)`.execute(open);
    },
  },
];

type Sql = Kysely<CaseTables> | Transaction<CaseTables>;

/** Steps and files in PostgreSQL. A step's row is locked by whatever changes it, so approvals take turns. */
export function createCaseStorePostgres(database: Database<CaseTables>): CaseStore {
  const { kysely } = database;
  return {
    create: (step, file) => transaction(database, (open) => create(open, step, file)),
    read: (id) => readOne(kysely, 'id', id),
    readByKey: (key) => readOne(kysely, 'idempotency_key', key),
    approve: (id, approval) => transaction(database, (open) => approve(open, id, approval)),
    sign: (id, statement) =>
      transaction(database, async (open) => {
        await open
          .updateTable('case_step')
          .set({ statement })
          .where('id', '=', id)
          .where('statement', 'is', null)
          .execute();
        return readOne(open, 'id', id);
      }),
    async settle(id, outcome) {
      const text = JSON.stringify(outcome);
      await kysely
        .updateTable('case_step')
        .set({ outcome: text })
        .where('id', '=', id)
        .where('outcome', 'is', null)
        .execute();
    },
    async readWaiting(limit) {
      const waiting = kysely
        .selectFrom('case_step')
        .selectAll()
        .where('statement', 'is not', null)
        .where('outcome', 'is', null);
      const rows = await waiting.orderBy('sequence').limit(Math.min(limit, MAX_STEPS_PER_READ)).execute();
      return rows.map(stepOf);
    },
    async readOfCase(caseId) {
      const steps = kysely.selectFrom('case_step').selectAll().where('case_id', '=', caseId);
      return (await steps.orderBy('sequence').limit(MAX_STEPS_PER_READ).execute()).map(stepOf);
    },
    async readFiles(caseId) {
      const files = kysely.selectFrom('case_file').selectAll().where('case_id', '=', caseId);
      return (await files.orderBy('sequence').limit(MAX_STEPS_PER_READ).execute()).map(fileOf);
    },
    async findFile(code) {
      const row = await kysely.selectFrom('case_file').selectAll().where('code', '=', code).executeTakeFirst();
      return row === undefined ? undefined : fileOf(row);
    },
    async countFiled(filer, from) {
      const { count } = await kysely
        .selectFrom('case_file')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('filer', '=', filer)
        .where('filed_at_ms', '>=', from)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    erase: (who, limit) => erase(kysely, who, limit),
  };
}

async function create(open: Transaction<CaseTables>, step: NewStep, file: KeptFile | undefined): Promise<KeptStep> {
  const inserted = await open
    .insertInto('case_step')
    .values(rowOf(step))
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined && file !== undefined) {
    const { step: of, case: caseId, code, filer, subject, filedAt, sealed = null } = file;
    await open
      .insertInto('case_file')
      .values({ step: of, case_id: caseId, code, filer, subject, filed_at_ms: filedAt, sealed })
      .execute();
  }
  const kept = await readOne(open, 'idempotency_key', step.idempotencyKey);
  assert(kept !== undefined, 'a step is kept under its key');
  return kept;
}

async function readOne(open: Sql, by: 'id' | 'idempotency_key', value: string): Promise<KeptStep | undefined> {
  const row = await open.selectFrom('case_step').selectAll().where(by, '=', value).executeTakeFirst();
  return row === undefined ? undefined : stepOf(row);
}

async function approve(open: Transaction<CaseTables>, id: string, approval: StepApproval) {
  const row = await open.selectFrom('case_step').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) return undefined;
  const kept = stepOf(row);
  const isTaken = kept.approvals.some(({ officer }) => officer === approval.officer);
  if (isTaken || kept.statement !== undefined || kept.outcome !== undefined) return kept;
  const approvals = [...kept.approvals, approval];
  await open
    .updateTable('case_step')
    .set({ approvals: JSON.stringify(approvals) })
    .where('id', '=', id)
    .execute();
  return { ...kept, approvals };
}

async function erase(
  kysely: Kysely<CaseTables>,
  who: Parameters<CaseStore['erase']>[0],
  limit: number,
): Promise<number> {
  const { filer, subject, case: caseId } = who;
  if (filer === undefined && subject === undefined && caseId === undefined) return 0;
  let found = kysely.selectFrom('case_file').select('sequence').where('sealed', 'is not', null);
  if (filer !== undefined) found = found.where('filer', '=', filer);
  if (subject !== undefined) found = found.where('subject', '=', subject);
  if (caseId !== undefined) found = found.where('case_id', '=', caseId);
  const updated = await kysely
    .updateTable('case_file')
    .set({ sealed: null })
    .where('sequence', 'in', found.orderBy('sequence').limit(limit))
    .executeTakeFirst();
  return Number(updated.numUpdatedRows);
}

function rowOf({ id, idempotencyKey, request, case: caseId, act, digest, proposedAt, statement }: NewStep) {
  const texts = { id, idempotency_key: idempotencyKey, request, case_id: caseId, act, digest };
  return { ...texts, proposed_at_ms: proposedAt, approvals: '[]', statement: statement ?? null, outcome: null };
}

function stepOf(row: Selectable<StepTable>): KeptStep {
  const {
    id,
    idempotency_key: idempotencyKey,
    request,
    case_id: caseId,
    act,
    digest,
    proposed_at_ms: proposedAt,
  } = row;
  return {
    ...{ id, idempotencyKey, request, case: caseId, act, digest, proposedAt },
    approvals: JSON.parse(row.approvals) as StepApproval[],
    ...(row.statement === null ? {} : { statement: row.statement }),
    ...(row.outcome === null ? {} : { outcome: JSON.parse(row.outcome) as StepOutcome }),
  };
}

function fileOf(row: Selectable<FileTable>): KeptFile {
  const { step, case_id: caseId, code, filer, subject, filed_at_ms: filedAt, sealed } = row;
  const file = { step, case: caseId, code, filer, subject, filedAt };
  return sealed === null ? file : { ...file, sealed: new Uint8Array(sealed) };
}
