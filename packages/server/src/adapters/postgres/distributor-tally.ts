import { assert } from '@holdfast/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import {
  type ApplicationCounts,
  PAYMENT_STATES,
  type PaymentState,
  type PaymentSums,
  type SpendingBounds,
  type Spent,
} from '../../ports/distributor-store.ts';

/**
 * What is counted of a program: what became of its applications, the states of its payments, and what is spent, together
 * and by issuer.
 */
export type Tally = {
  readonly name: 'judged' | 'admitted' | 'refused' | PaymentState | 'spent' | `spent ${string}`;
  readonly count: number;
  readonly total?: bigint;
};

/**
 * Counts a change, in the transaction that makes it and as the last thing it does: from here on, others who count in this
 * program wait. In one order of names, so that they never wait in a circle.
 */
export async function addToTally(
  open: Transaction<unknown>,
  program: number,
  changes: readonly Tally[],
): Promise<readonly Required<Tally>[]> {
  const counted = changes.filter(({ count, total = 0n }) => count !== 0 || total !== 0n);
  if (counted.length === 0) return [];
  const { rows } = await sql<{ name: Tally['name']; count: number; total: string }>`
    insert into tally (program, name, count, total)
    select ${program}::int4, name, count, total
    from unnest(
      ${counted.map(({ name }) => name)}::text[], ${counted.map(({ count }) => count)}::int8[],
      ${counted.map(({ total = 0n }) => String(total))}::numeric[]
    ) as change (name, count, total)
    order by name
    on conflict (program, name) do update
    set count = tally.count + excluded.count, total = tally.total + excluded.total
    returning name, count, total::text`.execute(open);
  const sums = rows.map(({ name, count, total }) => ({ name, count, total: BigInt(total) }));
  assert(
    sums.every(({ count, total }) => count >= 0 && total >= 0n),
    'no more leave a state than have come into it',
  );
  return sums;
}

const SPENT_BY = 'spent ';

/** Payments that begin (`sign` 1) or are voided (-1), as changes of what is spent. */
export function spendingOf(
  payments: readonly { readonly issuer: string; readonly amount: bigint }[],
  sign: 1 | -1,
): readonly Tally[] {
  const changes = new Map<Tally['name'], { count: number; total: bigint }>();
  for (const { issuer, amount } of payments) {
    for (const name of ['spent', `${SPENT_BY}${issuer}`] as const) {
      const { count, total } = changes.get(name) ?? { count: 0, total: 0n };
      changes.set(name, { count: count + sign, total: total + BigInt(sign) * amount });
    }
  }
  return [...changes].map(([name, change]) => ({ name, ...change }));
}

/** Is any of these sums beyond the bounds? Those that did not change were not beyond them before. */
export function isBeyond(sums: readonly Required<Tally>[], most: SpendingBounds): boolean {
  return sums.some(({ name, count, total }) => {
    if (name === 'spent') return count > most.recipients || total > most.total;
    const bound = name.startsWith(SPENT_BY) ? most.byIssuer.get(name.slice(SPENT_BY.length)) : undefined;
    return bound !== undefined && total > bound;
  });
}

export async function readSpent(kysely: Kysely<unknown>, program: string): Promise<Spent> {
  const { rows } = await sql<{ name: string; count: number; total: string }>`
    select name, tally.count, total::text from tally join program on number = program
    where id = ${program} and (name = 'spent' or starts_with(name, ${SPENT_BY})) and tally.count > 0`.execute(kysely);
  const all = rows.find(({ name }) => name === 'spent');
  const byIssuer = rows
    .filter(({ name }) => name !== 'spent')
    .map(({ name, total }) => [name.slice(SPENT_BY.length), BigInt(total)] as const);
  return { recipients: all?.count ?? 0, total: BigInt(all?.total ?? 0), byIssuer: new Map(byIssuer) };
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
