import { assert } from '@holdfast/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import {
  type ApplicationCounts,
  PAYMENT_STATES,
  type PaymentState,
  type PaymentSums,
} from '../../ports/distributor-store.ts';

/** What is counted of a program: what became of its applications, and the states of its payments. */
export type Tally = {
  readonly name: 'judged' | 'admitted' | 'refused' | PaymentState;
  readonly count: number;
  readonly total?: bigint;
};

/**
 * Counts a change, in the transaction that makes it and as the last thing it does: from here on, others who count in this
 * program wait. In one order of names, so that they never wait in a circle.
 */
export async function addToTally(open: Transaction<unknown>, program: number, changes: readonly Tally[]) {
  const counted = changes.filter(({ count, total = 0n }) => count !== 0 || total !== 0n);
  if (counted.length === 0) return;
  const { rows } = await sql<{ count: number; total: string }>`
    insert into tally (program, name, count, total)
    select ${program}::int4, name, count, total
    from unnest(
      ${counted.map(({ name }) => name)}::text[], ${counted.map(({ count }) => count)}::int8[],
      ${counted.map(({ total = 0n }) => String(total))}::numeric[]
    ) as change (name, count, total)
    order by name
    on conflict (program, name) do update
    set count = tally.count + excluded.count, total = tally.total + excluded.total
    returning count, total::text`.execute(open);
  const isSound = rows.every(({ count, total }) => count >= 0 && BigInt(total) >= 0n);
  assert(isSound, 'no more leave a state than have come into it');
}

export async function sumPayments(kysely: Kysely<unknown>, program: string): Promise<PaymentSums> {
  const { rows } = await sql<{ name: PaymentState; count: number; total: string }>`
    select name, tally.count, total::text from tally join program on number = program
    where id = ${program} and name = any(${[...PAYMENT_STATES]}::text[]) and tally.count > 0`.execute(kysely);
  return Object.fromEntries(rows.map(({ name, count, total }) => [name, { count, total: BigInt(total) }]));
}

export async function countApplications(kysely: Kysely<unknown>, program: string): Promise<ApplicationCounts> {
  const { rows } = await sql<{ all: number; judged: number; admitted: number; refused: number }>`
    select program.count as all,
      coalesce(sum(tally.count) filter (where name = 'judged'), 0)::int8 as judged,
      coalesce(sum(tally.count) filter (where name = 'admitted'), 0)::int8 as admitted,
      coalesce(sum(tally.count) filter (where name = 'refused'), 0)::int8 as refused
    from program left join tally on program = number where id = ${program} group by number`.execute(kysely);
  const { all = 0, judged = 0, admitted = 0, refused = 0 } = rows[0] ?? {};
  return { all, unjudged: all - judged, admitted, refused };
}
