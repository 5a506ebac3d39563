import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, parseAccountId, parseAmount, parseTransferId, type TransferCommand } from '@holdfast/core';
import {
  createKeyFilesSigner,
  createLedgerStorePostgres,
  ledgerStoreMigrations,
  migrate,
  openDatabase,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@holdfast/server';
import { createLedger, type Ledger } from '@holdfast/server/roles';
import { createPlatformClock } from '@holdfast/verifier';
import { Pool } from 'pg';
import { atLeast, createFigure, type Figure, median } from './figure.ts';
import { createRawLedger, type RawLedger } from './raw-ledger.ts';

export type LedgerBenchSize = {
  /** Default a million. */
  readonly accounts?: number;
  /** Default a million. */
  readonly transfers?: number;
};

const BATCH = 500;
/** Each side does so many batches, then the other: a noisy neighbour slows both. */
const BATCHES_PER_ROUND = 20;
/** Calls under way at once: one that is being written, one prepared over it, one that waits. */
const CALLERS = 3;
/** Where the machine is slow, as many transfers as fit; the figure says how many. */
const MAX_MS = 240_000;
const MILLION = 1_000_000;

/**
 * `holdfast bench ledger`: transfers through the ledger, durable, beside raw UNNEST statements that write the same rows
 * into tables of the same shape in the same PostgreSQL, without looking anything up.
 */
export async function benchLedger(databaseUrl?: string, size: LedgerBenchSize = {}): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined;
  try {
    const { accounts = MILLION, transfers = MILLION } = size;
    return await benchOn(databaseUrl ?? engine?.url ?? '', { accounts, transfers });
  } finally {
    await engine?.[Symbol.asyncDispose]();
    await removeEmbeddedPostgres(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchOn(url: string, size: Required<LedgerBenchSize>): Promise<Figure[]> {
  const schema = `bench_${randomBytes(4).toString('hex')}`;
  const pool = new Pool({ connectionString: url, max: 1, options: `-c search_path=${schema}` });
  // An idle connection that the server ends while it stops is nobody's failure.
  pool.on('error', () => undefined);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => pool.end());
  parts.defer(async () => void (await pool.query(`drop schema if exists ${schema} cascade`).catch(() => undefined)));
  const database = parts.use(await openDatabase({ url, schema }));
  await migrate(database, ledgerStoreMigrations);
  await openAccounts(pool, size.accounts);
  const raw = await createRawLedger(pool);
  const keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-bench-keys-'));
  parts.defer(() => rm(keysFolder, { recursive: true, force: true }));
  const signer = await createKeyFilesSigner({ directory: join(keysFolder, 'ledger') });
  await signer.create('ledger', 'ES256');
  const ledger = parts.use(
    createLedger({ clock: createPlatformClock(), store: createLedgerStorePostgres(database), signer, party: 'bench' }),
  );
  await ledger.start(new AbortController().signal);
  const figures = [await benchPayout(ledger, raw, size), await benchReserve(ledger, raw, size)];
  const { holds } = await ledger.audit();
  assert(holds, 'the ledger conserves supply');
  return figures;
}

/** A program, and people who have nothing yet: opened in bulk, which is not what is measured. */
async function openAccounts(pool: Pool, count: number): Promise<void> {
  await pool.query(`insert into asset values ('EUR', 2)`);
  await pool.query(
    `insert into account (id, asset, decimals, rule, at_ms)
      select 'person-' || lpad(i::text, 8, '0'), 'EUR', 2, 'debits-must-not-exceed-credits', 0 from generate_series(1, $1) as i
      union all select 'program', 'EUR', 2, 'none', 0`,
    [count],
  );
  await pool.query('vacuum analyze account');
}

async function benchPayout(ledger: Ledger, raw: RawLedger, size: Required<LedgerBenchSize>): Promise<Figure> {
  const next = recipients(size.accounts);
  const batchOf = () => Array.from({ length: BATCH }, () => movement('posted', next()));
  const { count, perSecond, other, ratio } = await alternate(size.transfers, MAX_MS, {
    ours: async (batches) => inParallel(batches, (batch) => expectCreated(ledger, batch)),
    raw: async (batches) => {
      for (const batch of batches) await raw.pay(batch);
    },
    batchOf,
  });
  const what = `${count} transfers from a program to ${size.accounts} accounts, durable, ${BATCH} a call`;
  return createFigure(what, 'transfers/s', atLeast(0.6), { ours: perSecond, name: RAW, other, ratio });
}

async function benchReserve(ledger: Ledger, raw: RawLedger, size: Required<LedgerBenchSize>): Promise<Figure> {
  const next = recipients(size.accounts);
  const batchOf = () => Array.from({ length: BATCH }, () => movement('pending', next()));
  const { count, perSecond, other, ratio } = await alternate(size.transfers / 10, MAX_MS / 3, {
    ours: (batches) =>
      inParallel(batches, async (batch) => {
        await expectCreated(ledger, batch);
        await expectCreated(ledger, batch.map(postOf));
      }),
    raw: async (batches) => {
      for (const batch of batches) {
        await raw.reserve(batch);
        await raw.post(batch.map((reserve) => ({ reserve, id: newId() })));
      }
    },
    batchOf,
  });
  const what = `${count} transfers reserved and then posted, durable`;
  return createFigure(what, 'reserved and posted/s', atLeast(0.6), { ours: perSecond, name: RAW, other, ratio });
}

const RAW = 'raw UNNEST of the same rows';

type Movement = Extract<TransferCommand, { kind: 'posted' | 'pending' }>;

type Sides = {
  readonly ours: (batches: readonly Movement[][]) => Promise<unknown>;
  readonly raw: (batches: readonly Movement[][]) => Promise<unknown>;
  readonly batchOf: () => Movement[];
};

/** The two sides in turn, round after round; the ratio is the median of the rounds' own. */
async function alternate(transfers: number, maxMs: number, { ours, raw, batchOf }: Sides) {
  const rounds: { readonly ours: number; readonly raw: number }[] = [];
  const batches = Math.max(1, Math.min(BATCHES_PER_ROUND, Math.ceil(transfers / BATCH)));
  const perRound = batches * BATCH;
  const endMs = performance.now() + maxMs;
  for (let done = 0; done < transfers && (done === 0 || performance.now() < endMs); done += perRound) {
    const [mine, theirs] = [0, 1].map(() => Array.from({ length: batches }, batchOf)) as [Movement[][], Movement[][]];
    rounds.push({ ours: await timeOf(() => ours(mine)), raw: await timeOf(() => raw(theirs)) });
  }
  const sum = (side: 'ours' | 'raw') => rounds.reduce((total, round) => total + round[side], 0);
  const count = rounds.length * perRound;
  return {
    count,
    perSecond: (count * 1000) / sum('ours'),
    other: (count * 1000) / sum('raw'),
    ratio: median(rounds.map((round) => round.raw / round.ours)),
  };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const run = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: CALLERS }, run));
}

async function expectCreated(ledger: Ledger, commands: readonly TransferCommand[]): Promise<void> {
  const { results } = await ledger.transfer(commands);
  assert(
    results.every(({ answer }) => answer === 'created'),
    'every transfer of the bench is possible',
  );
}

/** Everyone once, in an order that has nothing to do with that of the rows; then from the start. */
function recipients(count: number): () => string {
  let i = 0;
  const step = coprimeTo(count);
  return () => {
    i = (i + step) % count;
    return `person-${String(i + 1).padStart(8, '0')}`;
  };
}

function coprimeTo(count: number): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  for (let step = Math.floor(count * 0.618) + 1; ; step += 1) if (gcd(step, count) === 1) return step;
}

function movement(kind: Movement['kind'], person: string): Movement {
  const sides = { debit: parseAccountId('program'), credit: parseAccountId(person) };
  return { kind, id: parseTransferId(newId()), ...sides, amount: parseAmount(100n) };
}

function postOf({ id }: Movement): TransferCommand {
  return { kind: 'post', id: parseTransferId(newId()), pending: id };
}

function newId(): string {
  return randomBytes(16).toString('base64url');
}
