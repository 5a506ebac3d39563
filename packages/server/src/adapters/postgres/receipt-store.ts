import { receiptOf } from '@holdfast/core';
import { sql } from 'kysely';
import type { ReceiptStore } from '../../ports/receipt-store.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';

export const receiptStoreMigrations: readonly Migration[] = [
  {
    name: 'receipt',
    async up(open) {
      await sql`create table acceptance (
        number int8 generated always as identity primary key,
        jws text not null,
        leaves text[] not null
      )`.execute(open);
      await sql`create table accepted_transfer (
        transfer text collate "C" primary key,
        acceptance int8 not null references acceptance,
        place int4 not null
      )`.execute(open);
    },
  },
];

/** Receipts in PostgreSQL: a call is one row, and each of its transfers says where in it that stands. */
export function createReceiptStorePostgres({ kysely }: Pick<Database, 'kysely'>): ReceiptStore {
  return {
    async add({ acceptance, transfers }) {
      const ids = transfers.map(({ id }) => id);
      const leaves = transfers.map(({ leaf }) => leaf);
      await sql`
        with fresh as (
          select transfer, place from unnest(${ids}::text[]) with ordinality as asked (transfer, place)
          where not exists (select from accepted_transfer as known where known.transfer = asked.transfer)
        ), kept as (
          insert into acceptance (jws, leaves)
          select ${acceptance}, ${leaves}::text[] where exists (select from fresh) returning number
        )
        insert into accepted_transfer (transfer, acceptance, place)
        select transfer, number, place - 1 from fresh, kept order by transfer, place
        on conflict do nothing`.execute(kysely);
    },
    async read(transfer) {
      const { rows } = await sql<{ jws: string; leaves: string[]; place: number }>`
        select jws, leaves, place from accepted_transfer
        join acceptance on acceptance.number = accepted_transfer.acceptance
        where transfer = ${transfer}`.execute(kysely);
      const [found] = rows;
      return found && receiptOf(found.jws, found.leaves, found.place);
    },
  };
}
