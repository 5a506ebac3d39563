import {
  type Account,
  type AccountId,
  type Asset,
  CodedError,
  type LedgerChanges,
  type Transfer,
  type TransferId,
} from '@holdfast/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import {
  type AssetAudit,
  type Expiry,
  type LedgerFence,
  type LedgerStore,
  MAX_LEDGER_READ,
  type Touched,
} from '../../ports/ledger-store.ts';
import type { Database } from './database.ts';
import { isConflict } from './failure.ts';
import {
  type AccountRow,
  accountOf,
  arrayOf,
  type Columns,
  columnsOf,
  namesOf,
  rowsOf,
  type TransferRow,
  transferOf,
} from './ledger-rows.ts';

export { ledgerStoreMigrations } from './ledger-schema.ts';

/**
 * A ledger in PostgreSQL. A commit is one statement, so one round trip and one flush: the head's row moves on if it is
 * where the fence says, and everything else is written only if it moved. Of two commits at once the second waits for that
 * row, and finds it moved.
 */
export function createLedgerStorePostgres(database: Database): LedgerStore {
  const { kysely } = database;
  return {
    takeFence: () => oneFence(kysely, sql`update ledger_head set epoch = epoch + 1 returning epoch, batch, time_ms`),
    readHead: () => oneFence(kysely, sql`select epoch, batch, time_ms from ledger_head`),
    async commit(fence, changes) {
      const { rows } = await commitment(fence, changes).execute(kysely).catch(contended);
      if (rows[0]?.moved !== 1) throw refusedFence(fence, await this.readHead());
      return { epoch: fence.epoch, batch: fence.batch + 1, time: changes.time };
    },
    readView: (touched) => readView(kysely, touched),
    readAccounts: async (ids) => {
      const found = await readAccounts(kysely, ids);
      return ids.map((id) => found.get(id));
    },
    readTransfers: async (ids) => {
      const found = await readTransfers(kysely, ids);
      return ids.map((id) => found.get(id));
    },
    async readExpiries(limit) {
      const { rows } = await sql<Expiry>`select id, expires_at_ms as "expiresAt" from transfer
        where state = 'pending' and expires_at_ms is not null order by expires_at_ms, id limit ${limit}`.execute(
        kysely,
      );
      return rows;
    },
    async readAccountsAfter(after, limit) {
      const most = Math.min(limit, MAX_LEDGER_READ);
      const { rows } =
        await sql<AccountRow>`select * from account where id > ${after ?? ''} order by id limit ${most}`.execute(
          kysely,
        );
      return rows.map(accountOf);
    },
    async readPending(account, limit, after) {
      const most = Math.min(limit, MAX_LEDGER_READ);
      const from = (side: 'debit' | 'credit') => sql`(select * from transfer
        where state = 'pending' and ${sql.ref(side)} = ${account} and (at_ms, id) > (${after?.at ?? -1}::int8, ${after?.id ?? ''})
        order by at_ms, id limit ${most})`;
      const { rows } = await sql<TransferRow>`select * from (${from('debit')} union all ${from('credit')}) as side
        order by at_ms, id limit ${most}`.execute(kysely);
      return rows.map(transferOf);
    },
    audit: () => audit(kysely),
  };
}

type Sql = Kysely<unknown>;

async function oneFence(kysely: Sql, query: RawBuilder<unknown>): Promise<LedgerFence> {
  const { rows } = await (query as RawBuilder<{ epoch: number; batch: number; time_ms: number }>).execute(kysely);
  const { epoch = 0, batch = 0, time_ms: time = 0 } = rows[0] ?? {};
  return { epoch, batch, time };
}

async function readView(kysely: Sql, touched: Touched) {
  const [assets, named, transfers] = await Promise.all([
    readAssets(kysely, touched.assets),
    readAccounts(kysely, touched.accounts),
    readTransfers(kysely, touched.transfers),
  ]);
  const sides = [...transfers.values()].flatMap(({ command }) =>
    command.kind === 'pending' ? [command.debit, command.credit] : [],
  );
  const unnamed = await readAccounts(
    kysely,
    [...new Set(sides)].filter((id) => !named.has(id)),
  );
  return { assets, accounts: new Map([...named, ...unnamed]), transfers };
}

async function readAccounts(kysely: Sql, ids: readonly AccountId[]): Promise<Map<AccountId, Account>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<AccountRow>`select * from account where id = any(${arrayOf(ids)}::text[])`.execute(kysely);
  return new Map(rows.map((row) => [row.id, accountOf(row)]));
}

async function readTransfers(kysely: Sql, ids: readonly TransferId[]): Promise<Map<TransferId, Transfer>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<TransferRow>`select * from transfer where id = any(${arrayOf(ids)}::text[])`.execute(
    kysely,
  );
  return new Map(rows.map((row) => [row.id, transferOf(row)]));
}

async function readAssets(kysely: Sql, codes: readonly string[]): Promise<Map<string, Asset>> {
  if (codes.length === 0) return new Map();
  const { rows } =
    await sql<Asset>`select code, decimals from asset where code = any(${arrayOf(codes)}::text[])`.execute(kysely);
  return new Map(rows.map((asset) => [asset.code, asset]));
}

/** What is not in the batch is not in the statement: it is planned anew each time. */
function commitment({ epoch, batch }: LedgerFence, changes: LedgerChanges): RawBuilder<{ moved: number }> {
  const { time, assets, opened, moved, created, ended } = changes;
  const parts = [
    sql`head as (
      update ledger_head set batch = ${batch + 1}, time_ms = ${time} where epoch = ${epoch} and batch = ${batch} returning 1
    )`,
    ...(assets.length === 0 ? [] : [insertAssets(assets)]),
    ...(opened.length === 0 ? [] : [insertAccounts(opened)]),
    ...(moved.length === 0 ? [] : [updateAccounts(moved)]),
    ...(created.length === 0 ? [] : [insertTransfers(created)]),
    ...(ended.length === 0 ? [] : [endTransfers(ended)]),
  ];
  const counts = [
    ...(moved.length === 0 ? [] : [sql`assert_written('account', (select count(*) from moved), ${moved.length})`]),
    ...(ended.length === 0 ? [] : [sql`assert_written('transfer', (select count(*) from ended), ${ended.length})`]),
  ];
  // What is asserted fails the whole statement, so it is asked only of a head that moved.
  const asserted =
    counts.length === 0 ? sql`` : sql`, case when exists (select from head) then row(${sql.join(counts)}) end`;
  return sql`with ${sql.join(parts)} select (select count(*)::int4 from head) as moved ${asserted}`;
}

const ONLY_IF_MOVED = sql`where exists (select from head)`;

function insertAssets(assets: readonly Asset[]) {
  const columns: Columns = [
    ['code', 'text', assets.map(({ code }) => code)],
    ['decimals', 'int2', assets.map(({ decimals }) => decimals)],
  ];
  return sql`assets as (insert into asset (${namesOf(columns)}) select * from ${rowsOf(columns)} ${ONLY_IF_MOVED})`;
}

function insertAccounts(accounts: readonly Account[]) {
  const columns: Columns = [
    ['id', 'text', accounts.map(({ id }) => id)],
    ['asset', 'text', accounts.map(({ asset }) => asset.code)],
    ['decimals', 'int2', accounts.map(({ asset }) => asset.decimals)],
    ['rule', 'text', accounts.map(({ rule }) => rule)],
    ['max_reserved', 'numeric', accounts.map(({ maxReserved }) => maxReserved ?? null)],
    ['at_ms', 'int8', accounts.map(({ at }) => at)],
  ];
  return sql`opened as (insert into account (${namesOf(columns)}) select * from ${rowsOf(columns)} ${ONLY_IF_MOVED})`;
}

function updateAccounts(accounts: readonly Account[]) {
  const columns: Columns = [
    ['id', 'text', accounts.map(({ id }) => id)],
    ['debits_pending', 'numeric', accounts.map(({ debitsPending }) => debitsPending)],
    ['debits_posted', 'numeric', accounts.map(({ debitsPosted }) => debitsPosted)],
    ['credits_pending', 'numeric', accounts.map(({ creditsPending }) => creditsPending)],
    ['credits_posted', 'numeric', accounts.map(({ creditsPosted }) => creditsPosted)],
  ];
  return sql`moved as (
    update account set debits_pending = written.debits_pending, debits_posted = written.debits_posted,
      credits_pending = written.credits_pending, credits_posted = written.credits_posted
    from ${rowsOf(columns)} where account.id = written.id and exists (select from head)
    returning 1
  )`;
}

function insertTransfers(transfers: readonly Transfer[]) {
  const columns = columnsOf(transfers);
  return sql`created as (insert into transfer (${namesOf(columns)}) select * from ${rowsOf(columns)} ${ONLY_IF_MOVED})`;
}

function endTransfers(transfers: readonly Transfer[]) {
  const columns = columnsOf(transfers);
  const changed = columns.filter(([name]) => ['state', 'posted', 'ended_at_ms', 'ended_by'].includes(name));
  const set = changed.map(([name]) => sql`${sql.ref(name)} = ${sql.ref(`written.${name}`)}`);
  return sql`ended as (
    update transfer set ${sql.join(set)}
    from ${rowsOf(columns)} where transfer.id = written.id and transfer.state = 'pending' and exists (select from head)
    returning 1
  )`;
}

async function audit(kysely: Sql): Promise<AssetAudit[]> {
  const { rows } = await sql<{
    asset: string;
    decimals: number;
    accounts: number;
    debits_posted: string;
    credits_posted: string;
    debits_pending: string;
    credits_pending: string;
  }>`select * from asset_sums order by asset`.execute(kysely);
  return rows.map(({ asset, decimals, accounts, ...sums }) => ({
    asset,
    decimals,
    accounts,
    debitsPosted: BigInt(sums.debits_posted),
    creditsPosted: BigInt(sums.credits_posted),
    debitsPending: BigInt(sums.debits_pending),
    creditsPending: BigInt(sums.credits_pending),
  }));
}

/** The only rival is a later writer, and of it the next attempt will hear. */
function contended(error: unknown): never {
  if (!isConflict(error)) throw error;
  throw new CodedError('database.contended', 'This commit collided with another and was not made.', {}, error);
}

function refusedFence(fence: LedgerFence, head: LedgerFence): CodedError {
  const details = { epoch: fence.epoch, batch: fence.batch, head: { ...head } };
  return head.epoch === fence.epoch
    ? new CodedError('ledger.batch-conflict', 'A commit has used this fence already.', details)
    : new CodedError('ledger.fenced', 'A later writer has taken over this ledger.', details);
}
