import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendLeaf, compactRoot, createCompactTree, leafHash } from '@holdfast/core';
import {
  createLogStorePostgres,
  logStoreMigrations,
  migrate,
  openDatabase,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@holdfast/server';
import { Pool } from 'pg';
import { atLeast, createFigure, type Figure, measure } from './figure.ts';

const BATCH = 256;
const ENTRY_BYTES = 700;

/**
 * `holdfast bench log`: statements appended to the log's store, durable, beside a raw insert of the same bytes into the
 * same PostgreSQL; and the tree alone.
 */
export async function benchLog(databaseUrl?: string): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined;
  try {
    return await benchAppend(databaseUrl ?? engine?.url ?? '');
  } finally {
    await engine?.[Symbol.asyncDispose]();
    await removeEmbeddedPostgres(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchAppend(url: string): Promise<Figure[]> {
  const schema = `bench_${randomBytes(4).toString('hex')}`;
  const database = await openDatabase({ url, schema });
  const pool = new Pool({ connectionString: url, max: 1 });
  // An idle connection that the server ends while it stops is nobody's failure.
  pool.on('error', () => undefined);
  try {
    await migrate(database, logStoreMigrations);
    const store = createLogStorePostgres(database as unknown as Parameters<typeof createLogStorePostgres>[0]);
    await pool.query(`create table ${schema}.raw (id bigint primary key, entry bytea not null)`);
    const entries = Array.from({ length: BATCH }, () => randomBytes((ENTRY_BYTES * 3) / 4).toString('base64url'));
    let size = (await store.readHead()).size;
    let raw = 0;
    const { us, ratios } = await measure([
      {
        name: 'ours',
        work: async (i) => {
          await store.append(size, unique(entries, i));
          size += BATCH;
        },
      },
      {
        name: 'raw',
        work: async (i) => {
          const ids = entries.map((_, k) => raw + k);
          const bytes = unique(entries, i).map((entry) => Buffer.from(entry));
          await pool.query(`insert into ${schema}.raw select * from unnest($1::bigint[], $2::bytea[])`, [ids, bytes]);
          raw += BATCH;
        },
      },
    ]);
    const perSecond = (batchUs = 1) => (BATCH * 1e6) / batchUs;
    return [
      createFigure('statements appended to the log, durable, in batches of 256', 'statements/s', atLeast(0.5), {
        ours: perSecond(us[0]),
        name: 'raw UNNEST insert of the same bytes',
        other: perSecond(us[1]),
        ratio: 1 / (ratios[1] ?? 1),
      }),
      await benchTree(),
    ];
  } finally {
    await pool.query(`drop schema if exists ${schema} cascade`).catch(() => undefined);
    await pool.end();
    await database[Symbol.asyncDispose]();
  }
}

function unique(entries: readonly string[], i: number): string[] {
  return entries.map((entry) => `${entry}${i}`);
}

async function benchTree(): Promise<Figure> {
  const tree = createCompactTree();
  const entry = randomBytes(ENTRY_BYTES);
  const { us, ratios } = await measure([
    {
      name: 'ours',
      work: () => {
        appendLeaf(tree, leafHash(entry));
        return tree.size % 1000 === 0 ? compactRoot(tree) : undefined;
      },
    },
    { name: 'leaf', work: () => leafHash(entry) },
  ]);
  return createFigure('the tree of the log, entries a second', 'entries/s', atLeast(0.3), {
    ours: 1e6 / (us[0] ?? 1),
    name: 'hashing the leaves alone',
    other: 1e6 / (us[1] ?? 1),
    ratio: 1 / (ratios[1] ?? 1),
  });
}
