import { CodedError } from '@holdfast/core';
import type { FollowerStore } from '@holdfast/verifier';
import { sql } from 'kysely';
import { encodeCosigned, parseCosigned } from './cosigned-notes.ts';
import type { Database } from './database.ts';
import { fraudStoreMigrations } from './fraud-store.ts';
import type { Migration } from './migration.ts';
import { snapshotStoreMigrations } from './snapshot-store.ts';

export type FollowerTables = {
  followed_entry: { index: number; entry: Buffer };
  followed_head: { size: number; base: number; checkpoint: string | null; cosigned: string | null };
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
];

/** A follower's log in PostgreSQL. An append is one statement: what it inserts depends on the head having moved. */
export function createFollowerStorePostgres(database: Database<FollowerTables>): FollowerStore {
  const { kysely } = database;
  return {
    async readHead() {
      const query = kysely.selectFrom('followed_head').select(['size', 'base', 'checkpoint', 'cosigned']);
      const { size, base, checkpoint, cosigned } = await query.executeTakeFirstOrThrow();
      return {
        size,
        ...(base === 0 ? {} : { base }),
        ...(checkpoint === null ? {} : { checkpoint }),
        ...parseCosigned(cosigned),
      };
    },
    async readEntries(from, to) {
      const query = kysely.selectFrom('followed_entry').select(['index', 'entry']).where('index', '>=', from);
      const rows = await query.where('index', '<', to).orderBy('index').execute();
      const gap = rows.findIndex(({ index }, i) => index !== from + i);
      return (gap === -1 ? rows : rows.slice(0, gap)).map(({ entry }) => entry.toString('utf8'));
    },
    async append(expectedSize, entries, checkpoint) {
      const texts = entries.map((entry) => Buffer.from(entry, 'utf8'));
      const { rows } = await sql<{ moved: number }>`
        with head as (
          update followed_head set size = ${expectedSize + entries.length}, checkpoint = ${checkpoint}
          where size = ${expectedSize} returning 1
        ), entries as (
          insert into followed_entry (index, entry)
          select ${expectedSize}::int8 + place - 1, entry
          from unnest(${texts}::bytea[]) with ordinality as row (entry, place)
          where exists (select from head)
        )
        select count(*)::int4 as moved from head`.execute(kysely);
      if (rows[0]?.moved === 1) return;
      throw conflict(expectedSize);
    },
    async keepCosigned(notes) {
      await kysely
        .updateTable('followed_head')
        .set({ cosigned: encodeCosigned(notes) })
        .execute();
    },
    async begin(base, { genesis, epoch, checkpoint }, expectedSize) {
      const { rows } = await sql<{ moved: number }>`
        with head as (
          update followed_head set size = ${base}, base = ${base}, checkpoint = ${checkpoint}
          where size = ${expectedSize} returning 1
        ), beginning as (
          insert into followed_entry (index, entry)
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

function conflict(expectedSize: number): CodedError {
  return new CodedError('log.size-conflict', 'Somebody else has appended to this log.', { expectedSize });
}
