import { isJsonObject, type Json, parseJson } from '@holdfast/core';
import { type CheckResultStore, type KeptResult, MAX_STORED_RESULTS } from '@holdfast/verifier';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

export type CheckResultTables = {
  check_result: { check_digest: string; credential: string; result: string; kept_at_ms: number };
};

export const checkResultStoreMigrations: readonly Migration[] = [
  {
    name: 'check-result',
    async up(open) {
      await sql`create table check_result (
        check_digest text not null,
        credential text not null,
        result text not null,
        kept_at_ms int8 not null,
        primary key (check_digest, credential)
      )`.execute(open);
      await sql`create index check_result_by_age on check_result (kept_at_ms)`.execute(open);
      await sql`create index check_result_of on check_result (check_digest, kept_at_ms desc)`.execute(open);
    },
  },
];

const BOUNDS = { maxLength: 262_144, maxDepth: 4 };

/** Results of external checks in PostgreSQL: a row for each check and credential. */
export function createCheckResultStorePostgres({ kysely }: Database<CheckResultTables>): CheckResultStore {
  return {
    async keep(check, credential, result, at) {
      const row = { result: JSON.stringify(result), kept_at_ms: at };
      await kysely
        .insertInto('check_result')
        .values({ check_digest: check, credential, ...row })
        .onConflict((conflict) => conflict.columns(['check_digest', 'credential']).doUpdateSet(row))
        .execute();
    },
    async read(check, credential) {
      const row = await kysely
        .selectFrom('check_result')
        .select('result')
        .where('check_digest', '=', check)
        .where('credential', '=', credential)
        .executeTakeFirst();
      return row === undefined ? undefined : resultOf(parseJson(row.result, BOUNDS));
    },
    async retain(checks) {
      await sql`delete from check_result where check_digest <> all(${[...checks]}::text[])`.execute(kysely);
    },
    async remove(before, limit) {
      const { numAffectedRows } = await sql`
        with too_many as (
          select check_digest, (
            select kept_at_ms from check_result as newer where newer.check_digest = one.check_digest
            order by kept_at_ms desc offset ${MAX_STORED_RESULTS} limit 1
          ) as kept_at_ms from (select distinct check_digest from check_result) as one
        )
        delete from check_result where ctid = any(array(
          select check_result.ctid from check_result join too_many using (check_digest)
          where check_result.kept_at_ms < ${before} or check_result.kept_at_ms <= too_many.kept_at_ms
          order by check_result.kept_at_ms limit ${limit}
        ))`.execute(kysely);
      return Number(numAffectedRows ?? 0n);
    },
  };
}

/** What does not read as a result is none, and is asked again. */
function resultOf(value: Json): KeptResult | undefined {
  const found = isJsonObject(value) ? value.found : undefined;
  if (!isJsonObject(found) || found.ok !== true || typeof found.asOf !== 'number') return undefined;
  const isResult = (found.result === 'passed' || found.result === 'failed') && typeof found.source === 'string';
  return isResult ? (value as unknown as KeptResult) : undefined;
}
