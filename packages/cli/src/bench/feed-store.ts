import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLogStorePostgres,
  logStoreMigrations,
  migrate,
  openDatabase,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@holdfast/server';
import type { LogStore } from '@holdfast/server/roles';
import { Client } from 'pg';

/** A log's durable store in PostgreSQL, embedded unless an address is given; gone afterwards. */
export async function withBenchStore<Result>(
  databaseUrl: string | undefined,
  use: (store: LogStore) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined;
  try {
    return await withSchema(databaseUrl ?? engine?.url ?? '', use);
  } finally {
    await engine?.[Symbol.asyncDispose]();
    await removeEmbeddedPostgres(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function withSchema<Result>(url: string, use: (store: LogStore) => Promise<Result>): Promise<Result> {
  const schema = `bench_${randomBytes(4).toString('hex')}`;
  const database = await openDatabase({ url, schema });
  try {
    await migrate(database, logStoreMigrations);
    return await use(createLogStorePostgres(database as unknown as Parameters<typeof createLogStorePostgres>[0]));
  } finally {
    await database[Symbol.asyncDispose]();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`drop schema if exists ${schema} cascade`);
    await client.end();
  }
}
