import { type Selectable, sql } from 'kysely';
import { type ErasureRecord, type ErasureStore, MAX_ERASURES_PER_READ } from '../../ports/erasure-store.ts';
import { type Database, transaction } from './database.ts';
import type { Migration } from './migration.ts';

type ErasureTable = {
  id: string;
  requested_by: string;
  requested_at_ms: number;
  sealed: Uint8Array | null;
  /** JSON as text: counts and dates, nothing of the person. */
  parts: string;
  waits_for: string;
  next_at_ms: number | null;
};

export type ErasureTables = { erasure: ErasureTable };

export const erasureStoreMigrations: readonly Migration[] = [
  {
    name: 'erasure',
    async up(open) {
      await sql`create table erasure (
        id text primary key, requested_by text not null, requested_at_ms int8 not null, sealed bytea,
        parts text not null, waits_for text not null, next_at_ms int8
      )`.execute(open);
      await sql`create index erasure_due on erasure (next_at_ms) where next_at_ms is not null`.execute(open);
    },
  },
];

/** Requests to forget somebody in PostgreSQL: one row each. */
export function createErasureStorePostgres(database: Database<ErasureTables>): ErasureStore {
  const { kysely } = database;
  return {
    add: (record, maxOpen) =>
      transaction(database, async (open) => {
        const known = await open.selectFrom('erasure').select('id').where('id', '=', record.id).executeTakeFirst();
        if (known !== undefined) return true;
        const { count } = await open
          .selectFrom('erasure')
          .select(({ fn }) => fn.countAll<string>().as('count'))
          .where('next_at_ms', 'is not', null)
          .executeTakeFirstOrThrow();
        if (Number(count) >= maxOpen) return false;
        await open
          .insertInto('erasure')
          .values(rowOf(record))
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
        return true;
      }),
    async keep(record) {
      const { id, ...row } = rowOf(record);
      await kysely.updateTable('erasure').set(row).where('id', '=', id).execute();
    },
    async read(id) {
      const row = await kysely.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : recordOf(row);
    },
    async readDue(at) {
      const due = kysely.selectFrom('erasure').selectAll().where('next_at_ms', '<=', at);
      return (await due.orderBy('next_at_ms').limit(MAX_ERASURES_PER_READ).execute()).map(recordOf);
    },
  };
}

function rowOf({ id, by, requestedAt, sealed, parts, waitsFor, nextAt }: ErasureRecord): ErasureTable {
  return {
    ...{ id, requested_by: by, requested_at_ms: requestedAt },
    sealed: sealed === undefined ? null : Buffer.from(sealed),
    parts: JSON.stringify(parts),
    waits_for: JSON.stringify(waitsFor),
    next_at_ms: nextAt ?? null,
  };
}

function recordOf(row: Selectable<ErasureTable>): ErasureRecord {
  return {
    ...{ id: row.id, by: row.requested_by, requestedAt: row.requested_at_ms },
    ...(row.sealed === null ? {} : { sealed: new Uint8Array(row.sealed) }),
    parts: JSON.parse(row.parts) as ErasureRecord['parts'],
    waitsFor: JSON.parse(row.waits_for) as readonly string[],
    ...(row.next_at_ms === null ? {} : { nextAt: row.next_at_ms }),
  };
}
