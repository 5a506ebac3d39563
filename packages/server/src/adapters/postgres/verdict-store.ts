import { CodedError } from '@holdfast/core';
import { type Generated, type Selectable, sql } from 'kysely';
import { MAX_VERDICTS_PER_READ, type VerdictRecord, type VerdictStore } from '../../ports/verdict-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';
import { createWriteTogether } from './write-together.ts';

type VerdictTable = {
  sequence: Generated<number>;
  id: string;
  subject: string;
  credential: string | null;
  answered_at_ms: number;
  signed: string;
  sealed: Uint8Array | null;
};

export type VerdictTables = { verdict: VerdictTable };

export const verdictStoreMigrations: readonly Migration[] = [
  {
    name: 'verdict',
    async up(open) {
      await sql`create table verdict (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        subject text not null,
        credential text,
        answered_at_ms int8 not null,
        signed text not null,
        sealed bytea
      )`.execute(open);
      await sql`create index verdict_by_age on verdict (answered_at_ms, sequence)`.execute(open);
      await sql`create index verdict_by_subject on verdict (subject, answered_at_ms, sequence)`.execute(open);
      await sql`create index verdict_by_credential on verdict (credential, answered_at_ms, sequence)`.execute(open);
      // The sweep looks only at what there still is to erase.
      await sql`create index verdict_to_erase on verdict (answered_at_ms, sequence) where sealed is not null`.execute(
        open,
      );
    },
  },
];

/** A verdict is some KiB, with a stranger's lists in evidence far more. Who waits is let in by the door, a few hundred at most. */
const BOUNDS = {
  maxBatch: 100,
  maxBytes: 4_194_304,
  sizeOf: ({ signed, sealed }: VerdictRecord) => signed.length + (sealed?.length ?? 0),
  maxWaiting: 1_000,
};

/** Verdicts in PostgreSQL: one row each, durable with the commit of its insert, which those of others may be in. */
export function createVerdictStorePostgres(database: Database<VerdictTables>): VerdictStore {
  const { kysely } = database;
  const insert = createWriteTogether<VerdictRecord, boolean>(async (records) => {
    const { rows } = await insertionOf(records).execute(kysely);
    const kept = new Set(rows.map(({ id }) => id));
    // Of two with one id the first is kept.
    return records.map(({ id }) => kept.delete(id));
  }, BOUNDS);
  return {
    async append(record) {
      if (await insert(record)) return;
      throw new CodedError('verdict.exists', 'A verdict with this id is kept already.');
    },
    async read(id) {
      const row = await kysely.selectFrom('verdict').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : recordOf(row);
    },
    async readLatest({ subject, credential, limit, after }) {
      const rows = await kysely
        .selectFrom('verdict')
        .selectAll()
        .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
        .$if(credential !== undefined, (query) => query.where('credential', '=', credential ?? ''))
        .$if(after !== undefined, (query) => query.where(isBehind(after?.answeredAt ?? 0, after?.id ?? '')))
        .orderBy('answered_at_ms', 'desc')
        .orderBy('sequence', 'desc')
        .limit(Math.min(limit, MAX_VERDICTS_PER_READ))
        .execute();
      return rows.map(recordOf);
    },
    async eraseSealed(before, limit) {
      const result = await kysely
        .updateTable('verdict')
        .set({ sealed: null })
        .where('sequence', 'in', (query) =>
          query
            .selectFrom('verdict')
            .select('sequence')
            .where('sealed', 'is not', null)
            .where('answered_at_ms', '<', before)
            .orderBy('answered_at_ms')
            .orderBy('sequence')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },
    async eraseSubject(subject) {
      const erasing = kysely.updateTable('verdict').set({ sealed: null }).where('subject', '=', subject);
      const { numUpdatedRows } = await erasing.where('sealed', 'is not', null).executeTakeFirst();
      return Number(numUpdatedRows);
    },
    async remove(before, limit) {
      const result = await kysely
        .deleteFrom('verdict')
        .where('sequence', 'in', (query) =>
          query
            .selectFrom('verdict')
            .select('sequence')
            .where('answered_at_ms', '<', before)
            .orderBy('answered_at_ms')
            .orderBy('sequence')
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

/** One that is gone stands before all others of its moment. */
function isBehind(answeredAt: number, id: string) {
  return sql<boolean>`(answered_at_ms, sequence) < (
    ${answeredAt}, coalesce((select sequence from verdict where id = ${id}), 0)
  )`;
}

/** Each with where its sealed bytes begin among those of all, counted from 1 as SQL does: they go as they are, in binary. */
function insertionOf(records: readonly VerdictRecord[]) {
  let start = 1;
  const rows = records.map(({ id, subject, credential, answeredAt, signed, sealed }, place) => {
    const row = { place, id, subject, credential, answered: answeredAt, signed };
    if (sealed === undefined) return row;
    start += sealed.length;
    return { ...row, start: start - sealed.length, length: sealed.length };
  });
  const sealed = Buffer.concat(records.map((record) => record.sealed ?? new Uint8Array()));
  return sql<{ id: string }>`
    insert into verdict (id, subject, credential, answered_at_ms, signed, sealed)
    select id, subject, credential, answered, signed, substring(${sealed}::bytea from start for length)
    from json_to_recordset(${JSON.stringify(rows)}::json) as one (
      place int4, id text, subject text, credential text, answered int8, signed text, start int4, length int4
    ) order by place
    on conflict (id) do nothing returning id`;
}

function recordOf(row: Selectable<VerdictTable>): VerdictRecord {
  const { id, subject, credential, answered_at_ms: answeredAt, signed, sealed } = row;
  return {
    id,
    subject,
    ...(credential === null ? {} : { credential }),
    answeredAt,
    signed,
    ...(sealed === null ? {} : { sealed: new Uint8Array(sealed) }),
  };
}
