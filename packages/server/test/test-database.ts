import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../src/adapters/postgres/database.ts';

export type TestDatabase = AsyncDisposable & {
  /** `postgres://…` of an empty database, for a user who may create roles in it. */
  readonly url: string;
};

const PREFIX = 'holdfast_test_';
const ABANDONED_AFTER_MS = 86_400_000;

/**
 * An empty database of its own for one test file, dropped when disposed:
 *
 *     const database = await createTestDatabase();
 *     afterAll(() => database[Symbol.asyncDispose]());
 *
 * Roles belong to the whole server, so `holdfast_<schema>` is shared with the test files that run at the same time;
 * tables, and the rights on them, are not.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await findServer();
  const name = `${PREFIX}${Date.now()}_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    await dropAbandoned(client);
    await client.query(
      `create database ${name} template template0 encoding 'UTF8' locale_provider libc locale 'C' strategy file_copy`,
    );
  });
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () =>
      withClient(server, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** Opens it however long that takes: a bound on waiting that a test tries is one on opening as well. */
export async function openPatiently(options: DatabaseOptions): Promise<Database> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await openDatabase(options);
    } catch (error) {
      if ((error as { code?: string }).code !== 'database.unreachable' || performance.now() > endMs) throw error;
    }
  }
}

/**
 * Closes what the running test has opened when that test ends: connections that idle until the end of a file add up, over
 * the files that run at the same time, to more than a server has.
 */
export function closeAfterTest(opened: AsyncDisposable): void {
  onTestFinished(() => opened[Symbol.asyncDispose]());
}

async function findServer(): Promise<string> {
  const provided = inject('holdfastTestCluster');
  if (!provided.startsWith('http:')) return provided;
  const response = await fetch(provided);
  const answer = await response.text();
  if (!response.ok) throw new Error(`The test cluster did not start: ${answer}`);
  return answer;
}

/** On a server that outlives its runs (`HOLDFAST_TEST_DATABASE_URL`), what a killed run could not drop. */
async function dropAbandoned(client: Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>('select datname from pg_database where datname like $1', [
    `${PREFIX}%`,
  ]);
  for (const { datname } of rows) {
    const madeAtMs = Number(datname.slice(PREFIX.length).split('_')[0]);
    if (madeAtMs < Date.now() - ABANDONED_AFTER_MS) await client.query(`drop database if exists "${datname}"`);
  }
}

/** Too many clients at this moment; a database whose sessions were told to end and have not ended within five seconds. */
const SOON_OVER: readonly unknown[] = ['53300', '55006'];

/** However long that takes on a machine where many test files run at the same time. */
async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      if (!SOON_OVER.includes((error as { code?: string }).code) || performance.now() > endMs) throw error;
      await delay(100);
    } finally {
      await client.end();
    }
  }
}
