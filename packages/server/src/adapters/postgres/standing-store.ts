import { type Selectable, sql } from 'kysely';
import { MAX_STANDINGS_PER_READ, type StandingRecord, type StandingStore } from '../../ports/standing-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type StandingTable = {
  verdict_id: string;
  subject: string;
  kept_at_ms: number;
  sealed: Uint8Array | null;
  erased_at_ms: number | null;
};

export type StandingTables = { standing: StandingTable };

export const standingStoreMigrations: readonly Migration[] = [
  {
    name: 'standing',
    async up(open) {
      await sql`create table standing (
        verdict_id text primary key,
        subject text not null,
        kept_at_ms int8 not null,
        sealed bytea,
        erased_at_ms int8,
        constraint erased_or_sealed check ((sealed is null) <> (erased_at_ms is null))
      )`.execute(open);
      await sql`create index standing_open on standing (kept_at_ms, verdict_id) where erased_at_ms is null`.execute(
        open,
      );
      await sql`create index standing_erased on standing (kept_at_ms) where erased_at_ms is not null`.execute(open);
    },
  },
];

/** Standings in PostgreSQL: one row each, durable with the commit of its insert; erased by overwriting what is sealed. */
export function createStandingStorePostgres(database: Database<StandingTables>): StandingStore {
  const { kysely } = database;
  return {
    async keep({ verdictId, subject, keptAt, sealed }) {
      const result = await kysely
        .insertInto('standing')
        .values({
          verdict_id: verdictId,
          subject,
          kept_at_ms: keptAt,
          sealed: Buffer.from(sealed),
          erased_at_ms: null,
        })
        .onConflict((conflict) => conflict.column('verdict_id').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    async read(verdictId) {
      const row = await kysely
        .selectFrom('standing')
        .selectAll()
        .where('verdict_id', '=', verdictId)
        .executeTakeFirst();
      return row === undefined ? undefined : standingOf(row);
    },
    async erase(verdictId, erasedAt) {
      const result = await kysely
        .updateTable('standing')
        .set({ sealed: null, erased_at_ms: erasedAt })
        .where('verdict_id', '=', verdictId)
        .where('erased_at_ms', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
    async readOpen(limit) {
      const rows = await kysely
        .selectFrom('standing')
        .select(['verdict_id', 'kept_at_ms'])
        .where('erased_at_ms', 'is', null)
        .orderBy('kept_at_ms')
        .orderBy('verdict_id')
        .limit(Math.min(limit, MAX_STANDINGS_PER_READ))
        .execute();
      return rows.map((row) => ({ verdictId: row.verdict_id, keptAt: row.kept_at_ms }));
    },
    async countOpen() {
      const { count } = await kysely
        .selectFrom('standing')
        .select((column) => column.fn.countAll<string | number>().as('count'))
        .where('erased_at_ms', 'is', null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    async eraseKeptBefore(before, limit, erasedAt) {
      const result = await kysely
        .updateTable('standing')
        .set({ sealed: null, erased_at_ms: erasedAt })
        .where('verdict_id', 'in', (query) =>
          query
            .selectFrom('standing')
            .select('verdict_id')
            .where('erased_at_ms', 'is', null)
            .where('kept_at_ms', '<', before)
            .orderBy('kept_at_ms')
            .orderBy('verdict_id')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },
    async remove(before, limit) {
      const result = await kysely
        .deleteFrom('standing')
        .where('verdict_id', 'in', (query) =>
          query
            .selectFrom('standing')
            .select('verdict_id')
            .where('erased_at_ms', 'is not', null)
            .where('kept_at_ms', '<', before)
            .orderBy('kept_at_ms')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function standingOf(row: Selectable<StandingTable>): StandingRecord {
  return {
    verdictId: row.verdict_id,
    subject: row.subject,
    keptAt: row.kept_at_ms,
    ...(row.sealed === null ? {} : { sealed: new Uint8Array(row.sealed) }),
    ...(row.erased_at_ms === null ? {} : { erasedAt: row.erased_at_ms }),
  };
}
