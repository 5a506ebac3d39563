import type { ApplicationRefusal } from '@holdfast/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type {
  Judgement,
  KeptApplication,
  KeptProgram,
  Payment,
  PaymentState,
  ProgramStep,
} from '../../ports/distributor-store.ts';

export type ProgramRow = {
  readonly number: number;
  readonly id: string;
  readonly digest: string;
  readonly count: number;
  readonly closed_at_ms: number | null;
} & { readonly [step in ProgramStep]: string | null };

export function programOf(row: ProgramRow): KeptProgram {
  const { id, digest, count, closed_at_ms: closedAt, intake, seal, draw } = row;
  return {
    ...{ id, digest, count },
    ...(closedAt === null ? {} : { closedAt }),
    statements: {
      ...(intake === null ? {} : { intake }),
      ...(seal === null ? {} : { seal }),
      ...(draw === null ? {} : { draw }),
    },
  };
}

/** An amount comes as text: it has more digits than any number. */
type ApplicationRow = {
  readonly application: string;
  readonly sequence: number;
  readonly received_at_ms: number;
  readonly holder: string;
  readonly salt: string;
  readonly acknowledgement: string;
  readonly sealed: Buffer | null;
  readonly is_judged: boolean;
  readonly is_admitted: boolean;
  readonly verdict: string | null;
  readonly refused: ApplicationRefusal | null;
  readonly issuer: string;
  readonly nullifier: string;
  readonly held: boolean;
  readonly want: string | null;
  readonly weight: string | null;
  readonly exception: number | null;
  readonly sealed_as: ApplicationRefusal | null;
  readonly amount: string | null;
  readonly state: PaymentState;
  readonly at_ms: number;
  readonly settled_by: string | null;
};

type ReadOptions = {
  readonly order?: 'application' | 'sequence';
  /** Without, what people sent is left where it lies. */
  readonly isWithSealed?: boolean;
};

/**
 * All there is of the applications of a program that `page` names, in the order of their digests or as they were kept.
 * `page` is bounded and found by an index. The rest is looked up one by one: each `limit 1` keeps a planner that has no
 * statistics yet, as in the first minute of a rush, from reading a table of millions to join a page to it.
 */
export async function readApplications(
  kysely: Kysely<unknown>,
  program: string,
  page: RawBuilder<{ program: number; application: string }>,
  { order = 'application', isWithSealed = true }: ReadOptions = {},
): Promise<KeptApplication[]> {
  const { rows } = await sql<ApplicationRow>`
    select kept.application, kept.sequence, received_at_ms, holder, salt, acknowledgement, sealed,
      judgement.application is not null as is_judged, admission.application is not null as is_admitted,
      verdict, refused, issuer, judgement.nullifier, held, want, weight, exception, sealed_as,
      amount::text, state, at_ms, settled_by
    from (${page}) as page
    cross join lateral ${rowOf('application')} as kept
    left join lateral (
      select sealed from sealed_application as one
      where ${isWithSealed} and one.program = kept.program and one.sequence = kept.sequence limit 1
    ) as bytes on true
    left join lateral ${rowOf('judgement')} as judgement on true
    left join lateral ${rowOf('admission')} as admission on true
    left join lateral ${rowOf('payment')} as payment on true
    order by ${sql.ref(`kept.${order}`)}`.execute(kysely);
  return rows.map((row) => applicationOf(program, row));
}

function rowOf(table: 'application' | 'judgement' | 'admission' | 'payment') {
  return sql`(
    select * from ${sql.table(table)} as one
    where one.program = page.program and one.application = page.application limit 1
  )`;
}

/** The number of a program, or null, in which nothing is found. */
export function numberOf(program: string) {
  return sql<number>`(select number from program where id = ${program})`;
}

function applicationOf(program: string, row: ApplicationRow): KeptApplication {
  const { application, sequence, received_at_ms: receivedAt, holder, salt, acknowledgement, sealed } = row;
  return {
    ...{ program, application, sequence, receivedAt, holder, salt, acknowledgement },
    ...(sealed === null ? {} : { sealed: new Uint8Array(sealed) }),
    ...(row.is_judged ? { judgement: judgementOf(row) } : {}),
    ...(row.is_admitted ? { admitted: true } : {}),
    ...(row.refused === null ? {} : { admitted: false }),
    ...(row.amount === null ? {} : { payment: paymentOf(row, row.amount) }),
  };
}

function judgementOf(row: ApplicationRow): Judgement {
  const { application, verdict, refused, issuer, nullifier, held, want, weight, exception, sealed_as: sealedAs } = row;
  const by = { ...(exception === null ? {} : { exception }), ...(sealedAs === null ? {} : { sealedAs }) };
  const named = { application, ...(verdict === null ? {} : { verdict }), ...by };
  if (refused !== null) return { ...named, refused };
  const asked = { ...(want === null ? {} : { want }), ...(weight === null ? {} : { weight }) };
  return { ...named, candidacy: { issuer, nullifier, held, ...asked } };
}

function paymentOf({ application, state, at_ms: at, settled_by: settledBy }: ApplicationRow, amount: string): Payment {
  return { application, amount: BigInt(amount), state, at, ...(settledBy === null ? {} : { settledBy }) };
}
