import { CodedError } from '@holdfast/core';
import type { FollowerStore } from '@holdfast/verifier';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

export type FollowerTables = {
  followed_entry: { index: number; entry: Buffer };
  followed_head: { size: number; checkpoint: string | null };
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
];

/** A follower's log in PostgreSQL. An append is one statement: what it inserts depends on the head having moved. */
export function createFollowerStorePostgres(database: Database<FollowerTables>): FollowerStore {
  const { kysely } = database;
  return {
    async readHead() {
      const head = await kysely.selectFrom('followed_head').select(['size', 'checkpoint']).executeTakeFirstOrThrow();
      return { size: head.size, ...(head.checkpoint === null ? {} : { checkpoint: head.checkpoint }) };
    },
    async readEntries(from, to) {
      const query = kysely.selectFrom('followed_entry').select('entry').where('index', '>=', from);
      const rows = await query.where('index', '<', to).orderBy('index').execute();
      return rows.map(({ entry }) => entry.toString('utf8'));
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
      throw new CodedError('log.size-conflict', 'Somebody else has appended to this log.', { expectedSize });
    },
  };
}
