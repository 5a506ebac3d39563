import {
  type Account,
  type AccountId,
  type AccountRule,
  type Amount,
  assert,
  type Transfer,
  type TransferCommand,
  type TransferId,
  type TransferReference,
  type TransferRefusal,
  type TransferState,
} from '@holdfast/core';
import { type RawBuilder, sql } from 'kysely';

/** Amounts come as text: they have more digits than any number. */
export type AccountRow = {
  readonly id: AccountId;
  readonly asset: string;
  readonly decimals: number;
  readonly rule: AccountRule;
  readonly max_reserved: string | null;
  readonly debits_pending: string;
  readonly debits_posted: string;
  readonly credits_pending: string;
  readonly credits_posted: string;
  readonly at_ms: number;
};

export type TransferRow = {
  readonly id: TransferId;
  readonly kind: TransferCommand['kind'];
  readonly debit: AccountId | null;
  readonly credit: AccountId | null;
  readonly pending: TransferId | null;
  readonly amount: string | null;
  readonly expires_at_ms: number | null;
  readonly reference: TransferReference | null;
  readonly at_ms: number;
  readonly state: TransferState['state'];
  readonly why: TransferRefusal | null;
  readonly posted: string | null;
  readonly ended_at_ms: number | null;
  readonly ended_by: TransferId | null;
};

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    asset: { code: row.asset, decimals: row.decimals },
    rule: row.rule,
    ...(row.max_reserved === null ? {} : { maxReserved: amountOf(row.max_reserved) }),
    debitsPending: amountOf(row.debits_pending),
    debitsPosted: amountOf(row.debits_posted),
    creditsPending: amountOf(row.credits_pending),
    creditsPosted: amountOf(row.credits_posted),
    at: row.at_ms,
  };
}

export function transferOf(row: TransferRow): Transfer {
  return { command: commandOf(row), at: row.at_ms, ...stateOf(row) };
}

type Value = string | number | bigint | null;

/** A column of many rows: its name, its type, its values. */
export type Columns = readonly (readonly [name: string, type: string, values: readonly Value[]])[];

/** The columns of these transfers that have a value in any of them. */
export function columnsOf(transfers: readonly Transfer[]): Columns {
  const rows = transfers.map(rowOf);
  const columns: Columns = TRANSFER_COLUMNS.map(([name, type]) => [name, type, rows.map((row) => row[name])]);
  return columns.filter(([, , values]) => values.some((value) => value !== null));
}

const TRANSFER_COLUMNS = [
  ['id', 'text'],
  ['kind', 'text'],
  ['debit', 'text'],
  ['credit', 'text'],
  ['pending', 'text'],
  ['amount', 'numeric'],
  ['expires_at_ms', 'int8'],
  ['reference', 'text'],
  ['at_ms', 'int8'],
  ['state', 'text'],
  ['why', 'text'],
  ['posted', 'numeric'],
  ['ended_at_ms', 'int8'],
  ['ended_by', 'text'],
] as const satisfies readonly (readonly [keyof TransferRow, string])[];

export function namesOf(columns: Columns): RawBuilder<unknown> {
  return sql.join(columns.map(([name]) => sql.ref(name)));
}

/**
 * The rows as a table called `written`: one array for each column, written by us, ten times faster than by the driver. What
 * is the same in every row is sent once.
 */
export function rowsOf(columns: Columns): RawBuilder<unknown> {
  const many = columns.filter(([, , values], i) => i === 0 || values.some((value) => value !== values[0]));
  const arrays = many.map(([, type, values]) => sql`${arrayOf(values)}::${sql.raw(type)}[]`);
  const each = columns.map((column) => (many.includes(column) ? sql.ref(column[0]) : onceOf(column)));
  return sql`(select ${sql.join(each)} from unnest(${sql.join(arrays)}) as many (${namesOf(many)})) as written`;
}

function onceOf([name, type, [value]]: Columns[number]): RawBuilder<unknown> {
  return sql`${typeof value === 'bigint' ? String(value) : value}::${sql.raw(type)} as ${sql.ref(name)}`;
}

/** JSON escapes quotes and backslashes as an array literal wants them; no text of a ledger has anything else to escape. */
export function arrayOf(values: readonly Value[]): string {
  return `{${values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : (value ?? 'NULL'))).join(',')}}`;
}

function commandOf(row: TransferRow): TransferCommand {
  const { id, kind, debit, credit, pending } = row;
  const reference = row.reference === null ? {} : { reference: row.reference };
  const amount = row.amount === null ? undefined : amountOf(row.amount);
  if (kind === 'posted' || kind === 'pending') {
    assert(debit !== null && credit !== null && amount !== undefined, 'a movement has two sides and an amount');
    const movement = { id, debit, credit, amount, ...reference };
    if (kind === 'posted') return { kind, ...movement };
    return { kind, ...movement, ...(row.expires_at_ms === null ? {} : { expiresAt: row.expires_at_ms }) };
  }
  assert(pending !== null, 'the end of a reserve names it');
  if (kind === 'void') return { kind, id, pending, ...reference };
  return { kind, id, pending, ...(amount === undefined ? {} : { amount }), ...reference };
}

function stateOf({ state, why, posted, ended_at_ms: at, ended_by: by }: TransferRow): TransferState {
  const end = at === null ? undefined : { at, ...(by === null ? {} : { by }) };
  const ended = end === undefined ? {} : { ended: end };
  switch (state) {
    case 'refused':
      assert(why !== null, 'a refusal has its reason');
      return { state, why };
    case 'posted':
      assert(posted !== null, 'what is posted has an amount');
      return { state, amount: amountOf(posted), ...ended };
    case 'expired':
      assert(end !== undefined, 'what has expired has ended');
      return { state, ended: end };
    case 'voided':
      return { state, ...ended };
    case 'pending':
      return { state };
    default:
      return state satisfies never;
  }
}

function rowOf(transfer: Transfer): Record<keyof TransferRow, Value> {
  const { command, at } = transfer;
  const ended = 'ended' in transfer ? transfer.ended : undefined;
  return {
    id: command.id,
    kind: command.kind,
    debit: 'debit' in command ? command.debit : null,
    credit: 'credit' in command ? command.credit : null,
    pending: 'pending' in command ? command.pending : null,
    amount: ('amount' in command ? command.amount : undefined) ?? null,
    expires_at_ms: ('expiresAt' in command ? command.expiresAt : undefined) ?? null,
    reference: command.reference ?? null,
    at_ms: at,
    state: transfer.state,
    why: transfer.state === 'refused' ? transfer.why : null,
    posted: transfer.state === 'posted' ? transfer.amount : null,
    ended_at_ms: ended?.at ?? null,
    ended_by: ended?.by ?? null,
  };
}

/** What the database holds was an amount when it was written, and its columns have 39 digits. */
function amountOf(digits: string): Amount {
  return BigInt(digits) as Amount;
}
