import {
  CodedError,
  createSettlement,
  differenceOfTerms,
  type SettlementState,
  stateOfSettlement,
} from '@holdfast/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { RailNotice, SettlementAcceptance } from '../../ports/settlement-rail.ts';
import {
  type KeptBatch,
  type KeptLine,
  type LineChange,
  MAX_LINES_PER_CALL,
  MAX_NOTICES_PER_READ,
  type PlanAnswer,
  type PlannedLine,
  type SettlementStore,
} from '../../ports/settlement-store.ts';
import { type Database, transaction } from './database.ts';
import { encodeSettlement, lineOf, type SettlementTables } from './settlement-tables.ts';

type Sql = Kysely<SettlementTables> | Transaction<SettlementTables>;

/** Lines on their way out in PostgreSQL. A line's row is only changed where its version is the one that was read. */
export function createSettlementStorePostgres(database: Database<SettlementTables>): SettlementStore {
  const { kysely } = database;
  return {
    plan: (lines) => transaction(database, (open) => plan(open, lines)),
    async read(ids) {
      const found = new Map((await readLines(kysely, ids)).map((line) => [line.id, line]));
      return ids.map((id) => found.get(id));
    },
    async readPlanned(rail, limit) {
      const rows = await kysely
        .selectFrom('settlement_line')
        .selectAll()
        .where('rail', '=', rail)
        .where('state', '=', 'planned')
        .orderBy('sequence')
        .limit(bound(limit))
        .execute();
      return rows.map(lineOf);
    },
    createBatch: (batch, changes) =>
      transaction(database, async (open) => {
        await insertBatch(open, batch);
        await change(open, changes);
      }),
    async readUnaccepted(rail, limit) {
      const rows = await kysely
        .selectFrom('settlement_batch')
        .selectAll()
        .where('rail', '=', rail)
        .where('receipt', 'is', null)
        .orderBy('sequence')
        .limit(bound(limit))
        .execute();
      return rows.map(({ id, rail, created_at_ms: createdAt, lines }) => ({
        id,
        rail,
        createdAt,
        lines: JSON.parse(lines) as string[],
      }));
    },
    recordAcceptance: ({ batch, digest, receipt }, changes) =>
      transaction(database, async (open) => {
        await open
          .updateTable('settlement_batch')
          .set({ digest, receipt })
          .where('id', '=', batch)
          .where('receipt', 'is', null)
          .execute();
        await change(open, changes);
      }),
    readAcceptance: (batch) => readAcceptance(kysely, batch),
    readCursor: (rail) => readCursor(kysely, rail),
    recordOutcomes: (rail, cursor, changes, notices) =>
      transaction(database, async (open) => {
        await moveCursor(open, rail, cursor);
        await change(open, changes);
        await insertNotices(open, rail, notices);
      }),
    change: (changes) => transaction(database, (open) => change(open, changes)),
    async readWaiting(rail, handedOverBy, limit) {
      const rows = await kysely
        .selectFrom('settlement_line')
        .selectAll()
        .where('rail', '=', rail)
        .where('state', '=', 'submitted')
        .where('handed_over_at_ms', '<=', handedOverBy)
        .orderBy('handed_over_at_ms')
        .orderBy('sequence')
        .limit(bound(limit))
        .execute();
      return rows.map(lineOf);
    },
    async readOpen(limit) {
      const rows = await kysely
        .selectFrom('settlement_line')
        .selectAll()
        .where('state', '<>', 'accepted')
        .orderBy('since_ms')
        .orderBy('sequence')
        .limit(bound(limit))
        .execute();
      return rows.map(lineOf);
    },
    countByState: () => countByState(kysely),
    async readNotices(limit) {
      const rows = await kysely
        .selectFrom('settlement_notice')
        .selectAll()
        .orderBy('sequence', 'desc')
        .limit(Math.min(limit, MAX_NOTICES_PER_READ))
        .execute();
      return rows.map(({ rail, id, code, message, at_ms: at }) => ({ rail, id, code, message, at }));
    },
    async erase(prefix, limit) {
      const isOf = sql<boolean>`starts_with(transfer, ${prefix})`;
      const settled = kysely
        .selectFrom('settlement_line')
        .select('sequence')
        .where('state', '=', 'accepted')
        .where('sealed', 'is not', null)
        .where(isOf)
        .limit(bound(limit));
      const erased = await kysely
        .updateTable('settlement_line')
        .set({ sealed: null })
        .where('sequence', 'in', settled)
        .executeTakeFirst();
      const { left } = await kysely
        .selectFrom('settlement_line')
        .select(({ fn }) => fn.countAll<string>().as('left'))
        .where('sealed', 'is not', null)
        .where(isOf)
        .executeTakeFirstOrThrow();
      return { erased: Number(erased.numUpdatedRows), left: Number(left) };
    },
  };
}

async function plan(open: Transaction<SettlementTables>, lines: readonly PlannedLine[]): Promise<PlanAnswer[]> {
  if (lines.length === 0) return [];
  const inserted = await open
    .insertInto('settlement_line')
    .values(lines.map(rowOf))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute();
  const fresh = new Set(inserted.map(({ id }) => id));
  const known = new Map(
    (
      await readLines(
        open,
        lines.map(({ id }) => id),
      )
    ).map((line) => [line.id, line]),
  );
  return lines.map((line): PlanAnswer => {
    // Of two of one id in this call the first was written, so the second is compared with it.
    if (fresh.delete(line.id)) return 'created';
    const kept = known.get(line.id);
    const field = kept === undefined ? undefined : differenceOfTerms(line, kept);
    return field === undefined ? 'exists' : `exists-with-different-${field}`;
  });
}

function rowOf(line: PlannedLine) {
  const settlement = createSettlement();
  return {
    id: line.id,
    transfer: line.transferId,
    rail: line.rail,
    sealed: Buffer.from(line.sealed),
    destination: line.destination,
    amount: line.amount.toString(),
    asset: line.asset.code,
    decimals: line.asset.decimals,
    reference: line.reference,
    planned_at_ms: line.plannedAt,
    state: stateOfSettlement(settlement),
    settlement: encodeSettlement(settlement),
    since_ms: line.plannedAt,
    version: 1,
    handed_over_at_ms: null,
  };
}

async function readLines(open: Sql, ids: readonly string[]): Promise<readonly KeptLine[]> {
  if (ids.length === 0) return [];
  const rows = await open
    .selectFrom('settlement_line')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
  return rows.map(lineOf);
}

async function insertBatch(open: Transaction<SettlementTables>, batch: KeptBatch): Promise<void> {
  const { numInsertedOrUpdatedRows } = await open
    .insertInto('settlement_batch')
    .values({ id: batch.id, rail: batch.rail, created_at_ms: batch.createdAt, lines: JSON.stringify(batch.lines) })
    .onConflict((on) => on.column('id').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) throw conflict();
}

/** All rows in one statement, in the order of their ids, so that two that change the same lines do not wait in a circle. */
async function change(open: Transaction<SettlementTables>, changes: readonly LineChange[]): Promise<void> {
  if (changes.length === 0) return;
  const sorted = changes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const ids = sorted.map(({ id }) => id);
  await open.selectFrom('settlement_line').select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute();
  const { numAffectedRows } = await sql`
    update settlement_line as line
    set settlement = change.settlement, state = change.state, since_ms = change.since_ms,
        handed_over_at_ms = change.handed_over_at_ms, version = line.version + 1
    from unnest(
      ${ids}::text[],
      ${sorted.map(({ version }) => version)}::int4[],
      ${sorted.map(({ settlement }) => encodeSettlement(settlement))}::text[],
      ${sorted.map(({ settlement }) => stateOfSettlement(settlement))}::text[],
      ${sorted.map(({ since }) => since)}::int8[],
      ${sorted.map(({ settlement }) => settlement.attempts.at(-1)?.handedOverAt ?? null)}::int8[]
    ) as change (id, version, settlement, state, since_ms, handed_over_at_ms)
    where line.id = change.id and line.version = change.version
  `.execute(open);
  if (numAffectedRows !== BigInt(changes.length)) throw conflict();
}

async function readAcceptance(open: Sql, batch: string): Promise<SettlementAcceptance | undefined> {
  const row = await open.selectFrom('settlement_batch').selectAll().where('id', '=', batch).executeTakeFirst();
  if (row?.receipt == null || row.digest == null) return undefined;
  return { batch, digest: row.digest, receipt: row.receipt };
}

async function readCursor(open: Sql, rail: string): Promise<string | undefined> {
  const row = await open.selectFrom('settlement_cursor').select('cursor').where('rail', '=', rail).executeTakeFirst();
  return row?.cursor;
}

async function moveCursor(
  open: Transaction<SettlementTables>,
  rail: string,
  { from, to }: { readonly from: string | undefined; readonly to: string },
): Promise<void> {
  const moved =
    from === undefined
      ? await open
          .insertInto('settlement_cursor')
          .values({ rail, cursor: to })
          .onConflict((on) => on.column('rail').doNothing())
          .executeTakeFirst()
      : await open
          .updateTable('settlement_cursor')
          .set({ cursor: to })
          .where('rail', '=', rail)
          .where('cursor', '=', from)
          .executeTakeFirst();
  const rows = 'numUpdatedRows' in moved ? moved.numUpdatedRows : moved.numInsertedOrUpdatedRows;
  if (rows !== 1n) throw conflict();
}

async function insertNotices(
  open: Transaction<SettlementTables>,
  rail: string,
  notices: readonly (RailNotice & { readonly at: number })[],
): Promise<void> {
  if (notices.length === 0) return;
  await open
    .insertInto('settlement_notice')
    .values(notices.map(({ id, code, message, at }) => ({ rail, id, code, message, at_ms: at })))
    .onConflict((on) => on.columns(['rail', 'id']).doNothing())
    .execute();
}

async function countByState(open: Sql): Promise<Record<SettlementState, number>> {
  const counts = { planned: 0, submitted: 0, accepted: 0, rejected: 0, partly: 0, unknown: 0, conflict: 0 };
  const rows = await open
    .selectFrom('settlement_line')
    .select(['state', open.fn.countAll<string>().as('count')])
    .groupBy('state')
    .execute();
  for (const { state, count } of rows) counts[state] = Number(count);
  return counts;
}

function bound(limit: number): number {
  return Math.min(limit, MAX_LINES_PER_CALL);
}

function conflict(): CodedError {
  return new CodedError(
    'settlement.store-conflict',
    'A line, batch or cursor was changed by another process meanwhile.',
  );
}
