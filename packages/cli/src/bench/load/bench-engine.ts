import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@holdfast/server';
import { Pool } from 'pg';

export type BenchEngine = AsyncDisposable & { readonly url: string; readonly folder: string };

/** A PostgreSQL and a folder for one measurement. */
export async function startBenchEngine(databaseUrl: string | undefined): Promise<BenchEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined;
  const url = databaseUrl ?? engine?.url ?? '';
  return {
    ...{ url: engine === undefined ? url : await addDatabase(url), folder },
    [Symbol.asyncDispose]: async () => {
      await engine?.[Symbol.asyncDispose]();
      await removeEmbeddedPostgres(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The first one is taken by whoever started the engine: one Holdfast has one. */
async function addDatabase(url: string): Promise<string> {
  const pool = new Pool({ connectionString: url, max: 1 });
  await pool.query('create database load').finally(() => pool.end());
  const added = new URL(url);
  added.pathname = '/load';
  return added.href;
}
