import { type Selectable, sql } from 'kysely';
import { type FollowUpRecord, type FollowUpStore, MAX_FOLLOW_UPS_PER_READ } from '../../ports/follow-up-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type FollowUpTable = {
  verdict_id: string;
  credential: string;
  kept_at_ms: number;
  promised_by_ms: number;
  sealed: Uint8Array | null;
  followed_by: string | null;
};

export type FollowUpTables = { follow_up: FollowUpTable };

export const followUpStoreMigrations: readonly Migration[] = [
  {
    name: 'follow-up',
    async up(open) {
      await sql`create table follow_up (
        verdict_id text primary key,
        credential text not null,
        kept_at_ms int8 not null,
        promised_by_ms int8 not null,
        sealed bytea,
        followed_by text,
        constraint followed_or_sealed check ((sealed is null) <> (followed_by is null))
      )`.execute(open);
      await sql`create index follow_up_open on follow_up (promised_by_ms, verdict_id) where followed_by is null`.execute(
        open,
      );
      await sql`create index follow_up_of on follow_up (credential, promised_by_ms) where followed_by is null`.execute(
        open,
      );
      await sql`create index follow_up_done on follow_up (kept_at_ms) where followed_by is not null`.execute(open);
    },
  },
];

/** Follow-ups in PostgreSQL: one row each, completed by overwriting what is sealed. */
export function createFollowUpStorePostgres({ kysely }: Database<FollowUpTables>): FollowUpStore {
  const openRows = (limit: number) =>
    kysely
      .selectFrom('follow_up')
      .selectAll()
      .where('followed_by', 'is', null)
      .orderBy('promised_by_ms')
      .orderBy('verdict_id')
      .limit(Math.min(limit, MAX_FOLLOW_UPS_PER_READ));

  return {
    async keep({ verdictId, credential, keptAt, promisedBy, sealed }) {
      const result = await kysely
        .insertInto('follow_up')
        .values({
          ...{ verdict_id: verdictId, credential, kept_at_ms: keptAt, promised_by_ms: promisedBy },
          ...{ sealed: Buffer.from(sealed), followed_by: null },
        })
        .onConflict((conflict) => conflict.column('verdict_id').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    async read(verdictId) {
      const row = await kysely
        .selectFrom('follow_up')
        .selectAll()
        .where('verdict_id', '=', verdictId)
        .executeTakeFirst();
      return row === undefined ? undefined : recordOf(row);
    },
    async readOpenOf(credential, limit) {
      return (await openRows(limit).where('credential', '=', credential).execute()).map(recordOf);
    },
    async readDue(at, limit) {
      return (await openRows(limit).where('promised_by_ms', '<=', at).execute()).map(recordOf);
    },
    async complete(verdictId, followedBy) {
      const result = await kysely
        .updateTable('follow_up')
        .set({ sealed: null, followed_by: followedBy })
        .where('verdict_id', '=', verdictId)
        .where('followed_by', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
    async countOpen() {
      const { count } = await kysely
        .selectFrom('follow_up')
        .select((column) => column.fn.countAll<string | number>().as('count'))
        .where('followed_by', 'is', null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    async remove(before, limit) {
      const result = await kysely
        .deleteFrom('follow_up')
        .where('verdict_id', 'in', (query) =>
          query
            .selectFrom('follow_up')
            .select('verdict_id')
            .where('followed_by', 'is not', null)
            .where('kept_at_ms', '<', before)
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function recordOf(row: Selectable<FollowUpTable>): FollowUpRecord {
  return {
    ...{ verdictId: row.verdict_id, credential: row.credential },
    ...{ keptAt: row.kept_at_ms, promisedBy: row.promised_by_ms },
    ...(row.sealed === null ? {} : { sealed: new Uint8Array(row.sealed) }),
    ...(row.followed_by === null ? {} : { followedBy: row.followed_by }),
  };
}
