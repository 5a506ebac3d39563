import type { TransferCommand } from '@holdfast/core';
import type { Pool } from 'pg';

type Movement = Extract<TransferCommand, { kind: 'posted' | 'pending' }>;

export type RawLedger = {
  readonly pay: (batch: readonly Movement[]) => Promise<unknown>;
  readonly reserve: (batch: readonly Movement[]) => Promise<unknown>;
  readonly post: (batch: readonly { readonly reserve: Movement; readonly id: string }[]) => Promise<unknown>;
};

/**
 * What the ledger is measured against: the rows it writes, written by one UNNEST statement a batch into tables with the
 * same columns, constraints and indexes. Nothing is looked up, checked, fenced or answered.
 */
export async function createRawLedger(pool: Pool): Promise<RawLedger> {
  await pool.query('create table raw_transfer (like transfer including all)');
  await pool.query('create table raw_account (like account including all) with (fillfactor = 70)');
  await pool.query('insert into raw_account select * from account');
  await pool.query('vacuum analyze raw_account');
  const total = (batch: readonly Movement[]) => String(batch.reduce((sum, { amount }) => sum + amount, 0n));
  const movements = (batch: readonly Movement[]) => [
    batch.map(({ id }) => id),
    batch.map(({ debit }) => debit),
    batch.map(({ credit }) => credit),
    batch.map(({ amount }) => String(amount)),
    batch.map(() => Date.now()),
    total(batch),
  ];
  return {
    pay: (batch) => pool.query(PAY, movements(batch)),
    reserve: (batch) => pool.query(RESERVE, movements(batch)),
    post: (batch) => {
      const reserves = batch.map(({ reserve }) => reserve);
      return pool.query(POST, [...movements(reserves), batch.map(({ id }) => id)]);
    },
  };
}

const ROWS = `written as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::int8[]) as row (id, debit, credit, amount, at_ms)
)`;

const PAY = `with ${ROWS}, paid as (
  update raw_account set credits_posted = credits_posted + amount from written where raw_account.id = written.credit
), program as (
  update raw_account set debits_posted = debits_posted + $6::numeric where id = 'program'
)
insert into raw_transfer (id, kind, debit, credit, amount, at_ms, state, posted)
select id, 'posted', debit, credit, amount, at_ms, 'posted', amount from written`;

const RESERVE = `with ${ROWS}, reserved as (
  update raw_account set credits_pending = credits_pending + amount from written where raw_account.id = written.credit
), program as (
  update raw_account set debits_pending = debits_pending + $6::numeric where id = 'program'
)
insert into raw_transfer (id, kind, debit, credit, amount, at_ms, state)
select id, 'pending', debit, credit, amount, at_ms, 'pending' from written`;

const POST = `with ${ROWS}, posted as (
  update raw_account set credits_pending = credits_pending - amount, credits_posted = credits_posted + amount
  from written where raw_account.id = written.credit
), program as (
  update raw_account set debits_pending = debits_pending - $6::numeric, debits_posted = debits_posted + $6::numeric
  where id = 'program'
), ended as (
  update raw_transfer set state = 'posted', posted = written.amount, ended_at_ms = written.at_ms, ended_by = ending.id
  from written join unnest($1::text[], $7::text[]) as ending (reserve, id) on ending.reserve = written.id
  where raw_transfer.id = written.id
)
insert into raw_transfer (id, kind, pending, at_ms, state, posted)
select ending.id, 'post', written.id, at_ms, 'posted', amount
from written join unnest($1::text[], $7::text[]) as ending (reserve, id) on ending.reserve = written.id`;
