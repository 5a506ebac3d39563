import { CodedError, type Json } from '@holdfast/core';
import { type Selectable, sql } from 'kysely';
import type { PresentationOutcome, PresentationSession, PresentationStore } from '../../ports/presentation-store.ts';
import type { Database } from './database.ts';
import { sqlState } from './failure.ts';
import type { Migration } from './migration.ts';

type PresentationTable = {
  id: string;
  request_id: string;
  verifier: string;
  created_at_ms: number;
  expires_at_ms: number;
  nonce: string;
  state: string;
  /** JSON as text: what was asked is signed for the wallet, so it comes back as it was written. */
  query: string;
  want: string;
  outcome: string | null;
};

export type PresentationTables = { presentation: PresentationTable };

export const presentationStoreMigrations: readonly Migration[] = [
  {
    name: 'presentation',
    async up(open) {
      await sql`create table presentation (
        id text primary key,
        request_id text not null unique,
        verifier text not null,
        created_at_ms int8 not null,
        expires_at_ms int8 not null,
        nonce text not null,
        state text not null,
        query text not null,
        want text not null,
        outcome text
      )`.execute(open);
      await sql`create index presentation_by_expiry on presentation (expires_at_ms)`.execute(open);
      await sql`create index presentation_open on presentation (expires_at_ms) where outcome is null`.execute(open);
    },
  },
];

const UNIQUE_VIOLATION = '23505';

/** Open requests in PostgreSQL. `complete` is one conditional update, so of two answers one is taken. */
export function createPresentationStorePostgres(database: Database<PresentationTables>): PresentationStore {
  const { kysely } = database;

  async function readWhere(column: 'id' | 'request_id', value: string): Promise<PresentationSession | undefined> {
    const row = await kysely.selectFrom('presentation').selectAll().where(column, '=', value).executeTakeFirst();
    return row === undefined ? undefined : sessionOf(row);
  }

  return {
    async create(session, maxOpen) {
      try {
        const { rows } = await insertBelow(session, maxOpen).execute(kysely);
        if (rows.length > 0) return;
      } catch (cause) {
        if (sqlState(cause) !== UNIQUE_VIOLATION) throw cause;
        throw new CodedError(
          'presentation.exists',
          'A presentation request with this handle is kept already.',
          {},
          cause,
        );
      }
      throw new CodedError('presentation.too-many', 'Too many requests wait for a wallet.', { maxOpen });
    },
    read: (id) => readWhere('id', id),
    readByRequest: (requestId) => readWhere('request_id', requestId),
    async complete(requestId, outcome) {
      const result = await kysely
        .updateTable('presentation')
        .set({ outcome: JSON.stringify(outcome) })
        .where('request_id', '=', requestId)
        .where('outcome', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
    async remove(before, limit) {
      const result = await kysely
        .deleteFrom('presentation')
        .where('id', 'in', (query) =>
          query
            .selectFrom('presentation')
            .select('id')
            .where('expires_at_ms', '<', before)
            .orderBy('expires_at_ms')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function insertBelow(session: PresentationSession, maxOpen: number) {
  const { id, requestId, verifier, createdAt, expiresAt, nonce, state, query, want } = session;
  return sql<{ id: string }>`
    insert into presentation (id, request_id, verifier, created_at_ms, expires_at_ms, nonce, state, query, want)
    select ${id}, ${requestId}, ${verifier}, ${createdAt}::int8, ${expiresAt}::int8, ${nonce}, ${state},
      ${JSON.stringify(query)}, ${JSON.stringify(want)}
    where (
      select count(*) from (
        select 1 from presentation where outcome is null and expires_at_ms > ${createdAt}::int8 limit ${maxOpen}
      ) as open
    ) < ${maxOpen}
    returning id`;
}

function sessionOf(row: Selectable<PresentationTable>): PresentationSession {
  return {
    id: row.id,
    requestId: row.request_id,
    verifier: row.verifier,
    createdAt: row.created_at_ms,
    expiresAt: row.expires_at_ms,
    nonce: row.nonce,
    state: row.state,
    query: JSON.parse(row.query) as Json,
    want: JSON.parse(row.want) as PresentationSession['want'],
    ...(row.outcome === null ? {} : { outcome: JSON.parse(row.outcome) as PresentationOutcome }),
  };
}
