import { MAX_LATEST_SNAPSHOTS, type SnapshotStore } from '@holdfast/verifier';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';
import { tablesAt } from './tables-at.ts';

export type SnapshotTables = { kept_snapshot: { size: number; bytes: Buffer } };

/** For the schema of whoever keeps a log: its snapshots lie beside it. */
export const snapshotStoreMigrations: readonly Migration[] = [
  {
    name: 'kept-snapshots',
    async up(open) {
      await sql`create table kept_snapshot (size int8 primary key, bytes bytea not null)`.execute(open);
    },
  },
];

/** Snapshots in PostgreSQL. A new one and the end of those in its way are one statement. */
export function createSnapshotStorePostgres({ kysely }: Database<SnapshotTables>, place = 0): SnapshotStore {
  const { kept_snapshot } = tablesAt(place, 'kept_snapshot');
  return {
    async readSnapshot(atMost) {
      const { rows } = await sql<SnapshotTables['kept_snapshot']>`
        select size, bytes from ${kept_snapshot} where size <= ${atMost} order by size desc limit 1`.execute(kysely);
      const [row] = rows;
      return row === undefined ? undefined : { size: row.size, bytes: new Uint8Array(row.bytes) };
    },
    async keepSnapshot({ size, bytes }) {
      await sql`
        with kept as (
          insert into ${kept_snapshot} (size, bytes) values (${size}, ${Buffer.from(bytes)})
          on conflict (size) do nothing
        )
        delete from ${kept_snapshot}
        where size > (select min(size) from ${kept_snapshot})
        and size not in (
          select size from (select size from ${kept_snapshot} union select ${size}::int8) as all_kept (size)
          order by size desc limit ${MAX_LATEST_SNAPSHOTS}
        )`.execute(kysely);
    },
  };
}
