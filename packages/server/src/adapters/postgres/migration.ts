import { setTimeout as delay } from 'node:timers/promises';
import { assert, CodedError, isCodedError } from '@holdfast/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';

/** One step of a schema's history. Once released it never changes; the next step does. */
export type Migration = {
  /** Sorts nothing, only names: steps are run in the order of the list. */
  readonly name: string;
  /** Runs as the schema's role, with the schema as search path. */
  up(sql: Transaction<unknown>): Promise<unknown>;
};

const TIMEOUT_MS = 600_000;

/**
 * A step that waits for a table holds up everybody who comes to it later, so it waits briefly, lets them pass, and tries again: other
 * processes go on working meanwhile.
 */
const LOCK_WAIT_MS = 2_000;
const LOCK_TRIES = 30;
const LOCK_PAUSE_MS = 500;

/**
 * Brings the schema to the end of the list: what is missing is run in order, in one transaction, under a lock, so of
 * two processes that start at once one migrates and the other finds it done; a step that fails undoes all of them. Several
 * stores share a schema, each with its own history: a new step of the first comes after old ones of the second that are
 * there already, so a step rests on those of its own store alone.
 *
 * Throws `database.newer` when the schema has a step that this list does not know, because a newer Holdfast made it,
 * and `database.migration-failed` with the step's name.
 */
export async function migrate<Tables>(
  database: Database<Tables>,
  migrations: readonly Migration[],
  lockWaitMs = LOCK_WAIT_MS,
): Promise<void> {
  const names = migrations.map(({ name }) => name);
  assert(new Set(names).size === names.length, 'each migration of a schema has its own name');
  for (let left = LOCK_TRIES - 1; ; left -= 1) {
    try {
      return await migrateOnce(database, migrations, lockWaitMs);
    } catch (error) {
      if (left === 0 || !isCodedError(error) || error.details.sqlState !== '55P03') throw error;
      await delay(LOCK_PAUSE_MS);
    }
  }
}

async function migrateOnce<Tables>(
  database: Database<Tables>,
  migrations: readonly Migration[],
  lockWaitMs: number,
): Promise<void> {
  const names = migrations.map(({ name }) => name);
  await database.apart(TIMEOUT_MS, (kysely) =>
    (kysely as Kysely<unknown>).transaction().execute(async (open) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`holdfast migration ${database.schema}`}, 0))`.execute(
        open,
      );
      await sql`select set_config('lock_timeout', ${String(lockWaitMs)}, true)`.execute(open);
      const done = await readDone(open);
      assertKnown(database.schema, done, names);
      const missing = migrations.filter(({ name }) => !done.includes(name));
      for (const [i, step] of missing.entries()) await run(open, database.schema, done.length + i, step);
    }),
  );
}

async function readDone(open: Transaction<unknown>): Promise<readonly string[]> {
  await sql`create table if not exists migration (
    position int4 primary key, name text not null unique, applied_at_ms int8 not null
  )`.execute(open);
  const { rows } = await sql<{ name: string }>`select name from migration order by position`.execute(open);
  return rows.map(({ name }) => name);
}

function assertKnown(schema: string, done: readonly string[], names: readonly string[]): void {
  const unknown = done.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new CodedError(
    'database.newer',
    `The data of ${schema} was written by a newer Holdfast (its step ${unknown} is unknown here). ` +
      'Start that version or a later one; an older one would misread it.',
    { schema, unknown },
  );
}

async function run(
  open: Transaction<unknown>,
  schema: string,
  position: number,
  { name, up }: Migration,
): Promise<void> {
  try {
    await up(open);
  } catch (error) {
    if (isCodedError(error)) throw error;
    throw new CodedError(
      'database.migration-failed',
      `The step ${name} of the tables of ${schema} failed, so none was made: ${error instanceof Error ? error.message : error}`,
      { schema, migration: name },
      error,
    );
  }
  await sql`insert into migration (position, name, applied_at_ms)
    values (${position}, ${name}, (extract(epoch from clock_timestamp()) * 1000)::int8)`.execute(open);
}
