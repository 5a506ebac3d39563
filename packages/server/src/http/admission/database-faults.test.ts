import { chmod, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeUtf8, sha256Base64url } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase, openPatiently, type TestDatabase } from '../../../test/test-database.ts';
import { type PostgresEvent, startEmbeddedPostgres } from '../../adapters/embedded-postgres/embedded-postgres.ts';
import type { DatabaseOptions } from '../../adapters/postgres/database.ts';
import {
  createDistributorStorePostgres,
  distributorStoreMigrations,
} from '../../adapters/postgres/distributor-store.ts';
import { migrate } from '../../adapters/postgres/migration.ts';
import { createAcceptQueue } from '../../roles/distributor/accept-queue.ts';
import { createHttpServer } from '../server.ts';
import { type Door, openDoor } from './door.ts';

type Asked = { readonly status: number; readonly json: { readonly code?: string; readonly acknowledgement?: string } };
type Served = {
  readonly door: Door;
  readonly kysely: Kysely<unknown>;
  readonly apply: (name: string, program?: string) => Promise<Asked>;
  readonly look: () => Promise<Asked>;
  /** Applications that are kept. */
  readonly kept: () => Promise<number>;
};

let cluster: TestDatabase;
beforeAll(async () => {
  cluster = await createTestDatabase();
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** A real door in front of the intake's writer and its tables. */
async function serve(options: Pick<DatabaseOptions, 'url'> & Partial<DatabaseOptions>): Promise<Served> {
  const schema = 'distributor';
  const database = await openPatiently({ ...options, schema });
  await migrate(database, distributorStoreMigrations);
  const store = createDistributorStorePostgres(database);
  await store.addProgram({ id: 'relief', digest: 'd' });
  const queue = createAcceptQueue(store, { maxWaiting: 5000, maxBatch: 500 }, createPlatformClock());
  const app = await createHttpServer(false);
  const door = openDoor(app, {
    ...{ clock: createPlatformClock(), operators: { admin: [] }, secret: encodeUtf8('a secret of this test') },
  });
  app.post('/programs/:program/applications', async (request) => {
    const { name } = request.body as { readonly name: string };
    const [receivedAt, sealed] = [Date.now(), new Uint8Array(10)];
    const application = {
      program: 'relief',
      application: sha256Base64url(name),
      holder: name,
      receivedAt,
      salt: 's',
      sealed,
    };
    return queue.accept({
      ...application,
      acknowledgement: `ack of ${name} ${Math.random()}`,
      maxApplications: 100_000,
    });
  });
  app.get('/look', async () => {
    await sql`select 1`.execute(database.kysely);
    return {};
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    await app.close();
    await database[Symbol.asyncDispose]();
  });
  const { port } = app.server.address() as AddressInfo;
  const ask = async (path: string, init: RequestInit = {}): Promise<Asked> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, json: (await response.json()) as Asked['json'] };
  };
  return {
    door,
    kysely: database.kysely as Kysely<unknown>,
    apply: (name, program = 'relief') => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': name };
      return ask(`/programs/${program}/applications`, { method: 'POST', headers, body: JSON.stringify({ name }) });
    },
    look: () => ask('/look'),
    kept: async () => (await store.countApplications('relief')).all,
  };
}

test('the same applications many times and out of order are one row and one answer each', async () => {
  const { apply, kept } = await serve({ url: cluster.url });
  const sendUntilTaken = async (name: string): Promise<string> => {
    for (;;) {
      const { status, json } = await apply(name);
      if (status === 200) return `${json.acknowledgement}`;
      expect(status).toBe(503);
    }
  };
  const names = Array.from({ length: 60 }, (_, i) => `person ${(i * 37) % 6}`);
  const answers = await Promise.all(names.map(async (name) => [name, await sendUntilTaken(name)] as const));
  expect(new Set(answers.map(([, acknowledgement]) => acknowledgement)).size).toBe(6);
  for (const [name, acknowledgement] of answers) expect(await sendUntilTaken(name)).toBe(acknowledgement);
  expect(await kept()).toBe(6);
});

test('while all connections are taken whoever waits is told so in time, and afterwards everything is as before', async () => {
  const { look, kysely, door } = await serve({ url: cluster.url, poolMax: 1, waitingMax: 2, waitTimeoutMs: 300 });
  let free: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    free = resolve;
  });
  const taken = kysely.connection().execute(() => released);
  const answers = await Promise.all(Array.from({ length: 8 }, look));
  const told = answers.map(({ status, json }) => `${status} ${json.code}`);
  expect(told.filter((one) => one !== '503 database.busy' && one !== '503 request.shed')).toEqual([]);
  expect(told).toContain('503 database.busy');
  free();
  await taken;
  let again = await look();
  for (; again.status === 503; again = await look());
  expect(again.status).toBe(200);
  expect(door.read().classes.observe).toMatchObject({ inFlight: 0, queued: 0 });
});

test('PostgreSQL killed under load: refusals that say so, back by itself, and nothing acknowledged is lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  await chmod(folder, 0o755);
  const events: PostgresEvent['type'][] = [];
  const report = ({ type }: PostgresEvent) => void events.push(type);
  const postgres = await startEmbeddedPostgres({ dataDir: folder, report });
  onTestFinished(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { apply, kept, door } = await serve({ url: postgres.url, waitTimeoutMs: 1000 });
  const acknowledged = new Set<string>();
  const refusals = new Set<string>();
  let isOver = false;
  /** Sends one application after the other; one that is refused again, until it is taken. */
  const person = async (id: number) => {
    for (let i = 0; !isOver; i += 1) {
      const name = `person ${id} ${i}`;
      for (let told = await apply(name); ; told = await apply(name)) {
        if (told.status === 200) acknowledged.add(name);
        else refusals.add(`${told.status} ${told.json.code?.split('.')[0]}`);
        if (told.status === 200 || isOver) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const people = Array.from({ length: 10 }, (_, id) => person(id));
  const until = async (holds: () => boolean) => {
    await expect.poll(holds).toBe(true);
  };
  await until(() => acknowledged.size > 50);
  process.kill(postgres.pid, 'SIGKILL');
  await until(() => events.includes('recovered'));
  const before = acknowledged.size;
  await until(() => acknowledged.size > before + 50);
  isOver = true;
  await Promise.all(people);
  expect([...refusals].filter((refusal) => refusal !== '503 database' && refusal !== '503 request')).toEqual([]);
  // What was written and not answered is kept as well: nobody was told no for good.
  expect(await kept()).toBeGreaterThanOrEqual(acknowledged.size);
  expect(await kept()).toBeLessThanOrEqual(acknowledged.size + 10);
  expect(door.read().classes.apply.inFlight).toBe(0);
});
