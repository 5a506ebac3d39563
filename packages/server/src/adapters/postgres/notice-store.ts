import { type Selectable, sql } from 'kysely';
import { MAX_NOTICES_PER_READ, type NoticeStore, type NoticeSubscription } from '../../ports/notice-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type NoticeTable = {
  code: string;
  sealed: Uint8Array;
  told: string;
  next_at_ms: number;
  attempts: number;
  failure: string | null;
  created_at_ms: number;
};

export type NoticeTables = { notice: NoticeTable };

export const noticeStoreMigrations: readonly Migration[] = [
  {
    name: 'notice',
    async up(open) {
      await sql`create table notice (
        code text primary key,
        sealed bytea not null,
        told text not null,
        next_at_ms int8 not null,
        attempts int4 not null check (attempts >= 0),
        failure text,
        created_at_ms int8 not null
      )`.execute(open);
      await sql`create index notice_due on notice (next_at_ms)`.execute(open);
      await sql`create index notice_stuck on notice (attempts) where attempts > 0`.execute(open);
    },
  },
];

/** Subscriptions in PostgreSQL: one row each, under the digest of the code. */
export function createNoticeStorePostgres({ kysely }: Database<NoticeTables>): NoticeStore {
  return {
    async put(subscription, most) {
      const row = rowOf(subscription);
      const { rows } = await sql<{ count: string }>`select count(*) from notice where code <> ${row.code}`.execute(
        kysely,
      );
      if (Number(rows[0]?.count ?? 0) >= most) return false;
      await kysely
        .insertInto('notice')
        .values(row)
        .onConflict((conflict) => conflict.column('code').doUpdateSet(row))
        .execute();
      return true;
    },
    async find(code) {
      const row = await kysely.selectFrom('notice').selectAll().where('code', '=', code).executeTakeFirst();
      return row === undefined ? undefined : subscriptionOf(row);
    },
    async remove(code) {
      await kysely.deleteFrom('notice').where('code', '=', code).execute();
    },
    async readDue(now, limit) {
      const due = kysely.selectFrom('notice').selectAll().where('next_at_ms', '<=', now).orderBy('next_at_ms');
      return (await due.limit(Math.min(limit, MAX_NOTICES_PER_READ)).execute()).map(subscriptionOf);
    },
    async settle(code, told, { told: now, nextAt, attempts, failure = null }) {
      await kysely
        .updateTable('notice')
        .set({ told: now, next_at_ms: nextAt, attempts, failure })
        .where('code', '=', code)
        .where('told', '=', told)
        .execute();
    },
    async countStuck(attempts) {
      const { rows } = await sql<{ count: string; since: number | null }>`
        select count(*) as count, min(created_at_ms) as since from notice where attempts >= ${attempts} and attempts > 0`.execute(
        kysely,
      );
      const { count = '0', since } = rows[0] ?? {};
      return since === undefined || since === null ? { count: 0 } : { count: Number(count), since: Number(since) };
    },
  };
}

function rowOf({ code, sealed, told, nextAt, attempts, failure, createdAt }: NoticeSubscription): NoticeTable {
  const at = { next_at_ms: nextAt, created_at_ms: createdAt };
  return { code, sealed: Buffer.from(sealed), told, attempts, failure: failure ?? null, ...at };
}

function subscriptionOf(row: Selectable<NoticeTable>): NoticeSubscription {
  const { code, sealed, told, next_at_ms: nextAt, attempts, failure, created_at_ms: createdAt } = row;
  const known = { code, sealed: new Uint8Array(sealed), told, nextAt, attempts, createdAt };
  return failure === null ? known : { ...known, failure };
}
