import { sql, type Transaction } from 'kysely';
import { PAYMENT_STATES, type PaymentState, type SpendingBounds } from '../../ports/distributor-store.ts';
import { addToTally, isBeyond, spendingOf } from './distributor-tally.ts';

type Open = Transaction<unknown>;

export type PaymentStep = {
  readonly application: string;
  readonly from: PaymentState;
  readonly to: PaymentState;
  readonly settledBy?: string;
};

/** `false` where it goes beyond `most`; then the caller takes everything back. */
export async function plan(
  open: Open,
  program: number,
  payments: readonly { readonly application: string; readonly amount: bigint }[],
  at: number,
  most?: SpendingBounds,
): Promise<boolean> {
  const { rows } = await sql<{ amount: string; issuer: string }>`
    with planned as (
    insert into payment (program, application, amount, state, at_ms)
    select ${program}::int4, application, amount, 'planned', ${at}::int8
    from unnest(
      ${payments.map(({ application }) => application)}::text[],
      ${payments.map(({ amount }) => String(amount))}::numeric[]
    ) with ordinality as row (application, amount, place)
    order by application, place
    on conflict (program, application) do nothing
    returning application, amount
    )
    select planned.amount::text, issuer from planned
    join judgement on judgement.program = ${program} and judgement.application = planned.application`.execute(open);
  const begun = rows.map(({ amount, issuer }) => ({ amount: BigInt(amount), issuer }));
  const total = begun.reduce((sum, { amount }) => sum + amount, 0n);
  const planned = { name: 'planned', count: rows.length, total } as const;
  // The rows of the tally are locked from here on: of two who plan at once, the second sees the first.
  const sums = await addToTally(open, program, [planned, ...spendingOf(begun, 1)]);
  return most === undefined || !isBeyond(sums, most);
}

/**
 * Moves each payment that is where it is said to be. The rows are locked in the order of digests first; of two who move
 * one, the second waits there, finds it moved, and leaves it.
 */
export async function advance(
  open: Open,
  program: number,
  steps: readonly PaymentStep[],
  at: number,
): Promise<readonly string[]> {
  const names = steps.map(({ application }) => application);
  await sql`
    select from payment where program = ${program} and application = any(${names}::text[])
    order by application for no key update`.execute(open);
  const { rows } = await sql<{ application: string; amount: string; issuer: string }>`
    update payment
    set state = step.after, at_ms = ${at}::int8, settled_by = coalesce(step.settled_by, payment.settled_by)
    from unnest(
      ${names}::text[], ${steps.map(({ from }) => from)}::text[], ${steps.map(({ to }) => to)}::text[],
      ${steps.map(({ settledBy }) => settledBy ?? null)}::text[]
    ) as step (application, before, after, settled_by), judgement
    where payment.program = ${program} and payment.application = step.application and payment.state = step.before
      and judgement.program = payment.program and judgement.application = payment.application
    returning payment.application, amount::text, issuer`.execute(open);
  const moved = new Map(rows.map(({ application, amount }) => [application, BigInt(amount)]));
  const done = steps.filter(({ application }) => moved.has(application));
  const voided = new Set(done.filter(({ to }) => to === 'voided').map(({ application }) => application));
  const freed = rows
    .filter(({ application }) => voided.has(application))
    .map(({ amount, issuer }) => ({ amount: BigInt(amount), issuer }));
  await addToTally(open, program, [...changesOf(done, moved), ...spendingOf(freed, -1)]);
  return done.map(({ application }) => application);
}

/** What leaves each state and what comes into it. */
function changesOf(steps: readonly PaymentStep[], amounts: ReadonlyMap<string, bigint>) {
  return PAYMENT_STATES.map((name) => {
    const change = { name, count: 0, total: 0n };
    for (const { application, from, to } of steps) {
      const sign = Number(to === name) - Number(from === name);
      change.count += sign;
      change.total += BigInt(sign) * (amounts.get(application) ?? 0n);
    }
    return change;
  });
}
