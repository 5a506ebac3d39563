import { type Generated, type Selectable, sql } from 'kysely';
import {
  MAX_REVIEWS_PER_READ,
  type ReviewDecision,
  type ReviewRecord,
  type ReviewStore,
} from '../../ports/review-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

type ReviewTable = {
  sequence: Generated<number>;
  id: string;
  check_id: string;
  credential: string;
  type: string;
  issuer: string;
  owner: string;
  opened_at_ms: number;
  due_at_ms: number;
  default_result: string;
  shown: Uint8Array | null;
  result: string | null;
  decided_at_ms: number | null;
  decided_by: string | null;
  note: string | null;
};

export type ReviewTables = { review: ReviewTable };

export const reviewStoreMigrations: readonly Migration[] = [
  {
    name: 'review',
    async up(open) {
      await sql`create table review (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        check_id text not null,
        credential text not null,
        type text not null,
        issuer text not null,
        owner text not null,
        opened_at_ms int8 not null,
        due_at_ms int8 not null,
        default_result text not null,
        shown bytea,
        result text,
        decided_at_ms int8,
        decided_by text,
        note text,
        constraint decided_whole check ((result is null) = (decided_at_ms is null) and (result is null) = (decided_by is null)),
        constraint decided_hides check (result is null or shown is null)
      )`.execute(open);
      await sql`create index review_by_subject on review (check_id, credential, sequence)`.execute(open);
      await sql`create index review_open on review (due_at_ms, sequence) where result is null`.execute(open);
      await sql`create index review_over on review ((coalesce(decided_at_ms, due_at_ms)), sequence)`.execute(open);
    },
  },
];

/** Reviews in PostgreSQL: one row each, opened under a lock so that one credential has one. */
export function createReviewStorePostgres({ kysely }: Database<ReviewTables>): ReviewStore {
  return {
    async open(review, countsFrom, maxOpen) {
      return kysely.transaction().execute(async (open) => {
        await sql`select pg_advisory_xact_lock(hashtextextended('holdfast review', 0))`.execute(open);
        const latest = await open
          .selectFrom('review')
          .selectAll()
          .where('check_id', '=', review.check)
          .where('credential', '=', review.credential)
          .orderBy('sequence', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (latest !== undefined) {
          const isOpen = latest.result === null && review.openedAt < latest.due_at_ms;
          if (isOpen || (latest.decided_at_ms ?? latest.due_at_ms) >= countsFrom) return recordOf(latest);
        }
        const { count } = await open
          .selectFrom('review')
          .select((column) => column.fn.countAll<string | number>().as('count'))
          .where('result', 'is', null)
          .executeTakeFirstOrThrow();
        if (Number(count) >= maxOpen) return undefined;
        await open.insertInto('review').values(rowOf(review)).execute();
        return review;
      });
    },
    async read(id) {
      const row = await kysely.selectFrom('review').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : recordOf(row);
    },
    async readOpen(limit) {
      const rows = await kysely
        .selectFrom('review')
        .selectAll()
        .where('result', 'is', null)
        .orderBy('due_at_ms')
        .orderBy('sequence')
        .limit(Math.min(limit, MAX_REVIEWS_PER_READ))
        .execute();
      return rows.map(recordOf);
    },
    async decide(id, { result, at, by, note }) {
      const updated = await kysely
        .updateTable('review')
        .set({ result, decided_at_ms: at, decided_by: by, note: note ?? null, shown: null })
        .where('id', '=', id)
        .where('result', 'is', null)
        .where('due_at_ms', '>', at)
        .executeTakeFirst();
      return updated.numUpdatedRows === 1n;
    },
    async eraseShown(before, limit) {
      const result = await kysely
        .updateTable('review')
        .set({ shown: null })
        .where('sequence', 'in', (query) =>
          query
            .selectFrom('review')
            .select('sequence')
            .where('shown', 'is not', null)
            .where('due_at_ms', '<', before)
            .orderBy('due_at_ms')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },
    async eraseCredential(credential, now) {
      const isOver = sql<boolean>`coalesce(decided_at_ms, due_at_ms) <= ${now}`;
      const erased = await kysely
        .updateTable('review')
        .set({ shown: null, note: null })
        .where('credential', '=', credential)
        .where(isOver)
        .where(sql<boolean>`(shown is not null or note is not null)`)
        .executeTakeFirst();
      const open = await kysely
        .selectFrom('review')
        .select('due_at_ms')
        .where('credential', '=', credential)
        .where('result', 'is', null)
        .where('due_at_ms', '>', now)
        .orderBy('sequence')
        .execute();
      return { erased: Number(erased.numUpdatedRows), openUntil: open.map((row) => row.due_at_ms) };
    },
    async remove(before, limit) {
      const result = await kysely
        .deleteFrom('review')
        .where('sequence', 'in', (query) =>
          query
            .selectFrom('review')
            .select('sequence')
            .where(sql<boolean>`coalesce(decided_at_ms, due_at_ms) < ${before}`)
            .orderBy('sequence')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function rowOf(review: ReviewRecord) {
  return {
    id: review.id,
    check_id: review.check,
    credential: review.credential,
    type: review.type,
    issuer: review.issuer,
    owner: review.owner,
    opened_at_ms: review.openedAt,
    due_at_ms: review.dueAt,
    default_result: review.default,
    shown: review.shown === undefined ? null : Buffer.from(review.shown),
    result: null,
    decided_at_ms: null,
    decided_by: null,
    note: null,
  };
}

function recordOf(row: Selectable<ReviewTable>): ReviewRecord {
  return {
    ...{ id: row.id, check: row.check_id, credential: row.credential, type: row.type, issuer: row.issuer },
    ...{ owner: row.owner, openedAt: row.opened_at_ms, dueAt: row.due_at_ms },
    default: resultOf(row.default_result),
    ...(row.shown === null ? {} : { shown: new Uint8Array(row.shown) }),
    ...decisionOf(row),
  };
}

function decisionOf(row: Selectable<ReviewTable>): { readonly decided?: ReviewDecision } {
  if (row.result === null || row.decided_at_ms === null) return {};
  const note = row.note === null ? {} : { note: row.note };
  return { decided: { result: resultOf(row.result), at: row.decided_at_ms, by: row.decided_by ?? '', ...note } };
}

function resultOf(text: string): 'passed' | 'failed' {
  return text === 'passed' ? 'passed' : 'failed';
}
