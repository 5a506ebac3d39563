import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDistributorStorePostgres,
  distributorStoreMigrations,
  migrate,
  openDatabase,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@holdfast/server';
import { Pool } from 'pg';
import { atLeast, createFigure, type Figure, measure } from './figure.ts';

const BATCHES = [100, 256, 500];
/** An SD-JWT VC of eight claims with its key binding, and what is asked for, sealed. */
const SEALED_BYTES = 2_500;
const ACKNOWLEDGEMENT_BYTES = 480;

/**
 * `holdfast bench applications`: applications that a distributor's store has kept, durable and each decided (repeated,
 * closed, full), beside a raw insert of the same rows into the same PostgreSQL that decides nothing.
 */
export async function benchApplications(databaseUrl?: string): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined;
  try {
    return await benchAccept(databaseUrl ?? engine?.url ?? '');
  } finally {
    await engine?.[Symbol.asyncDispose]();
    await removeEmbeddedPostgres(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchAccept(url: string): Promise<Figure[]> {
  const schema = `bench_${randomBytes(4).toString('hex')}`;
  const database = await openDatabase({ url, schema });
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    await migrate(database, distributorStoreMigrations);
    const store = createDistributorStorePostgres(database);
    await store.addProgram({ id: 'bench', digest: 'bench' });
    await pool.query(`create table ${schema}.raw (program int4, application text collate "C", holder text,
      received_at_ms int8, salt text, sealed bytea, acknowledgement text, primary key (program, application))`);
    const figures: Figure[] = [];
    for (const batch of BATCHES) {
      const { us, ratios } = await measure([
        { name: 'ours', work: () => store.accept(applications(batch)) },
        { name: 'raw', work: () => insertRaw(pool, schema, applications(batch)) },
      ]);
      const perSecond = (batchUs = 1) => (batch * 1e6) / batchUs;
      figures.push(
        createFigure(`applications kept, durable, in batches of ${batch}`, 'applications/s', atLeast(0.5), {
          ours: perSecond(us[0]),
          name: 'raw UNNEST insert of the same rows',
          other: perSecond(us[1]),
          ratio: 1 / (ratios[1] ?? 1),
        }),
      );
    }
    return figures;
  } finally {
    await pool.query(`drop schema if exists ${schema} cascade`).catch(() => undefined);
    await pool.end();
    await database[Symbol.asyncDispose]();
  }
}

const sealed = new Uint8Array(randomBytes(SEALED_BYTES));
const acknowledgement = randomBytes(ACKNOWLEDGEMENT_BYTES).toString('base64url');

function applications(count: number) {
  return Array.from({ length: count }, () => ({
    program: 'bench',
    application: randomBytes(32).toString('base64url'),
    holder: randomBytes(32).toString('base64url'),
    receivedAt: 1_700_000_000_000,
    salt: randomBytes(16).toString('base64url'),
    sealed,
    acknowledgement,
    maxApplications: 10_000_000,
  }));
}

async function insertRaw(pool: Pool, schema: string, rows: ReturnType<typeof applications>): Promise<void> {
  await pool.query(
    `insert into ${schema}.raw
    select * from unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::text[], $6::bytea[], $7::text[])`,
    [
      rows.map(() => 1),
      rows.map(({ application }) => application),
      rows.map(({ holder }) => holder),
      rows.map(({ receivedAt }) => receivedAt),
      rows.map(({ salt }) => salt),
      rows.map(({ sealed: bytes }) => Buffer.from(bytes)),
      rows.map((row) => row.acknowledgement),
    ],
  );
}
