import type { Settlement, SettlementState } from '@holdfast/core';
import { type Generated, type Selectable, sql } from 'kysely';
import type { KeptLine } from '../../ports/settlement-store.ts';
import type { Migration } from './migration.ts';

type LineTable = {
  sequence: Generated<number>;
  id: string;
  transfer: string;
  rail: string;
  /** Null once it is erased. */
  sealed: Buffer | null;
  destination: string;
  /** numeric: read as text, since no JavaScript number holds it. */
  amount: string;
  asset: string;
  decimals: number;
  reference: string;
  planned_at_ms: number;
  /** What follows from `settlement`, for the indexes. */
  state: SettlementState;
  handed_over_at_ms: number | null;
  /** JSON as text; amounts in it are digits. */
  settlement: string;
  since_ms: number;
  version: number;
};

type BatchTable = {
  sequence: Generated<number>;
  id: string;
  rail: string;
  created_at_ms: number;
  lines: string;
  digest: string | null;
  receipt: string | null;
};

type CursorTable = { rail: string; cursor: string };

type NoticeTable = {
  sequence: Generated<number>;
  rail: string;
  id: string;
  code: string;
  message: string;
  at_ms: number;
};

export type SettlementTables = {
  settlement_line: LineTable;
  settlement_batch: BatchTable;
  settlement_cursor: CursorTable;
  settlement_notice: NoticeTable;
};

/** Of the distributor's schema. */
export const settlementStoreMigrations: readonly Migration[] = [
  {
    name: 'settlement',
    async up(open) {
      await sql`create table settlement_line (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        transfer text not null,
        rail text not null,
        sealed bytea,
        destination text not null,
        amount numeric(39) not null check (amount > 0),
        asset text not null,
        decimals int4 not null,
        reference text not null,
        planned_at_ms int8 not null,
        state text not null,
        handed_over_at_ms int8,
        settlement text not null,
        since_ms int8 not null,
        version int4 not null
      )`.execute(open);
      await sql`create index settlement_line_planned on settlement_line (rail, sequence)
        where state = 'planned'`.execute(open);
      await sql`create index settlement_line_waiting on settlement_line (rail, handed_over_at_ms)
        where state = 'submitted'`.execute(open);
      await sql`create index settlement_line_open on settlement_line (since_ms, sequence)
        where state <> 'accepted'`.execute(open);
      await sql`create index settlement_line_unerased on settlement_line (since_ms)
        where state = 'accepted' and sealed is not null`.execute(open);
      await sql`create table settlement_batch (
        sequence int8 generated always as identity primary key,
        id text not null unique,
        rail text not null,
        created_at_ms int8 not null,
        lines text not null,
        digest text,
        receipt text
      )`.execute(open);
      await sql`create index settlement_batch_unaccepted on settlement_batch (rail, sequence)
        where receipt is null`.execute(open);
      await sql`create table settlement_cursor (rail text primary key, cursor text not null)`.execute(open);
      await sql`create table settlement_notice (
        sequence int8 generated always as identity primary key,
        rail text not null,
        id text not null,
        code text not null,
        message text not null,
        at_ms int8 not null,
        unique (rail, id)
      )`.execute(open);
    },
  },
];

/** JSON has no integers beyond 2^53, so what was paid is written in digits. */
export function encodeSettlement(settlement: Settlement): string {
  return JSON.stringify(settlement, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
}

export function lineOf(row: Selectable<LineTable>): KeptLine {
  return {
    id: row.id,
    transferId: row.transfer,
    rail: row.rail,
    ...(row.sealed === null ? {} : { sealed: new Uint8Array(row.sealed) }),
    destination: row.destination,
    amount: BigInt(row.amount),
    asset: { code: row.asset, decimals: row.decimals },
    reference: row.reference,
    plannedAt: row.planned_at_ms,
    settlement: parseSettlement(row.settlement),
    since: row.since_ms,
    version: row.version,
  };
}

function parseSettlement(text: string): Settlement {
  const { attempts, isPlanned } = JSON.parse(text) as Settlement;
  return {
    isPlanned,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      answers: attempt.answers.map(({ paid, ...answer }) =>
        paid === undefined ? answer : { ...answer, paid: BigInt(paid) },
      ),
    })),
  };
}
