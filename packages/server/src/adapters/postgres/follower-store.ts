import { assert, CodedError } from '@holdfast/core';
import type { FollowerStore, SuccessorStores } from '@holdfast/verifier';
import { sql } from 'kysely';
import { encodeCosigned, parseCosigned } from './cosigned-notes.ts';
import type { Database } from './database.ts';
import { fraudStoreMigrations } from './fraud-store.ts';
import type { Migration } from './migration.ts';
import { createSnapshotStorePostgres, type SnapshotTables, snapshotStoreMigrations } from './snapshot-store.ts';
import { hasTablesAt, makeTablesAt, tablesAt } from './tables-at.ts';

export type FollowerTables = {
  followed_entry: { index: number; entry: Buffer };
  followed_head: {
    size: number;
    base: number;
    lineage: string | null;
    checkpoint: string | null;
    cosigned: string | null;
  };
};

export const followerStoreMigrations: readonly Migration[] = [
  {
    name: 'followed-log',
    async up(open) {
      // Entries as bytea: PostgreSQL's text knows no U+0000, and what was signed comes back byte for byte.
      await sql`create table followed_entry (index int8 primary key, entry bytea not null)`.execute(open);
      await sql`create table followed_head (
        one bool primary key default true check (one), size int8 not null, checkpoint text
      )`.execute(open);
      await sql`insert into followed_head (size) values (0)`.execute(open);
    },
  },
  {
    name: 'followed-from-a-snapshot',
    async up(open) {
      await sql`alter table followed_head add column base int8 not null default 0`.execute(open);
    },
  },
  ...snapshotStoreMigrations,
  {
    name: 'followed-cosignatures',
    async up(open) {
      await sql`alter table followed_head add column cosigned text`.execute(open);
    },
  },
  ...fraudStoreMigrations,
  {
    name: 'followed-lineage',
    async up(open) {
      await sql`alter table followed_head add column lineage text`.execute(open);
    },
  },
];

/** A follower's log in PostgreSQL. An append is one statement: what it inserts depends on the head having moved. */
export function createFollowerStorePostgres({ kysely }: Database<FollowerTables>, place = 0): FollowerStore {
  const { followed_head, followed_entry } = tablesAt(place, 'followed_head', 'followed_entry');
  return {
    async readHead() {
      const { rows } = await sql<FollowerTables['followed_head']>`
        select size, base, lineage, checkpoint, cosigned from ${followed_head}`.execute(kysely);
      assert(rows[0] !== undefined, 'the head of a log has one row');
      const { size, base, lineage, checkpoint, cosigned } = rows[0];
      return {
        size,
        ...(base === 0 ? {} : { base }),
        ...(lineage === null ? {} : { lineage }),
        ...(checkpoint === null ? {} : { checkpoint }),
        ...parseCosigned(cosigned),
      };
    },
    async readEntries(from, to) {
      const { rows } = await sql<FollowerTables['followed_entry']>`
        select index, entry from ${followed_entry} where index >= ${from} and index < ${to} order by index`.execute(
        kysely,
      );
      const gap = rows.findIndex(({ index }, i) => index !== from + i);
      return (gap === -1 ? rows : rows.slice(0, gap)).map(({ entry }) => entry.toString('utf8'));
    },
    async append(expectedSize, entries, checkpoint) {
      const texts = entries.map((entry) => Buffer.from(entry, 'utf8'));
      const { rows } = await sql<{ moved: number }>`
        with head as (
          update ${followed_head} set size = ${expectedSize + entries.length}, checkpoint = ${checkpoint}
          where size = ${expectedSize} returning 1
        ), entries as (
          insert into ${followed_entry} (index, entry)
          select ${expectedSize}::int8 + place - 1, entry
          from unnest(${texts}::bytea[]) with ordinality as row (entry, place)
          where exists (select from head)
        )
        select count(*)::int4 as moved from head`.execute(kysely);
      if (rows[0]?.moved === 1) return;
      throw conflict(expectedSize);
    },
    async keepCosigned(notes) {
      await sql`update ${followed_head} set cosigned = ${encodeCosigned(notes)}`.execute(kysely);
    },
    async begin(base, { genesis, lineage, epoch, checkpoint }, expectedSize) {
      const { rows } = await sql<{ moved: number }>`
        with head as (
          update ${followed_head} set size = ${base}, base = ${base}, checkpoint = ${checkpoint},
            lineage = coalesce(lineage, ${lineage ?? null}::text)
          where size = ${expectedSize} returning 1
        ), beginning as (
          insert into ${followed_entry} (index, entry)
          select index, entry
          from (values (0, ${Buffer.from(genesis, 'utf8')}::bytea), (${base - 1}::int8, ${Buffer.from(epoch, 'utf8')}))
            as row (index, entry)
          where exists (select from head)
          on conflict (index) do nothing
        )
        select count(*)::int4 as moved from head`.execute(kysely);
      if (rows[0]?.moved !== 1) throw conflict(expectedSize);
    },
  };
}

/** Where the same follower keeps logs that succeed its first: in tables of their own, made when they are first needed. */
export function createSuccessorStoresPostgres(database: Database<FollowerTables & SnapshotTables>): SuccessorStores {
  const tables = database as unknown as Database;
  const at = (place: number) => ({
    store: createFollowerStorePostgres(database as unknown as Database<FollowerTables>, place),
    snapshots: createSnapshotStorePostgres(database as unknown as Database<SnapshotTables>, place),
  });
  return {
    find: async (place) => ((await hasTablesAt(tables, place, 'followed_head')) ? at(place) : undefined),
    async open(place) {
      await makeTablesAt(tables, place, {
        names: ['followed_entry', 'kept_snapshot'],
        head: ['followed_head', sql`(size) values (0)`],
      });
      return at(place);
    },
  };
}

function conflict(expectedSize: number): CodedError {
  return new CodedError('log.size-conflict', 'Somebody else has appended to this log.', { expectedSize });
}
