import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { assertReady, createFolder, isRoot, NOBODY_UID, query, startParent } from '../../../test/test-engine.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { isAlive } from './postmaster.ts';

// The first three share a folder; each leaves a stopped server behind.
let dataDir = '';
beforeAll(async () => {
  dataDir = await createFolder();
});

it('starts a durable server on loopback that only the password opens, and stops without leaving a process', async () => {
  const events: string[] = [];
  const postgres = await startEmbeddedPostgres({ dataDir, report: ({ type }) => events.push(type) });
  expect(events.filter((type) => type !== 'copying-binaries')).toEqual(['creating-cluster', 'started']);

  const settings = await query(postgres.url, 'select name, setting from pg_settings');
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toMatchObject({
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    max_connections: '100',
    password_encryption: 'scram-sha-256',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
  });
  const facts = `select datcollate, rolsuper, rolcreaterole from pg_database, pg_roles
    where datname = current_database() and rolname = current_user`;
  expect(await query(postgres.url, facts)).toEqual([{ datcollate: 'C', rolsuper: false, rolcreaterole: true }]);

  const stranger = new URL(postgres.url);
  stranger.password = 'guessed';
  await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  stranger.username = 'postgres';
  await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });

  const { pid } = postgres;
  await Promise.all([postgres.stop(), postgres.stop()]);
  expect(isAlive(pid)).toBe(false);
});

it('keeps what was written from one start to the next, with a password that only its owner reads', async () => {
  const options = { dataDir, durability: 'throwaway' } as const;
  {
    await using first = await startEmbeddedPostgres(options);
    await query(first.url, "create table kept as select 'written' as word");
  }
  await using second = await startEmbeddedPostgres(options);
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'written' }]);
  const secret = await stat(join(dataDir, 'postgres', 'cluster', 'holdfast.password'));
  expect(secret.mode & 0o777).toBe(0o600);
  expect(secret.uid).toBe(isRoot ? NOBODY_UID : process.geteuid?.());
});

it('refuses a second start while the first lives, names its process, and leaves it alone', async () => {
  const first = await startParent({ dataDir, durability: 'throwaway' });
  const { url } = assertReady(first);
  await expect(startEmbeddedPostgres({ dataDir, durability: 'throwaway' })).rejects.toMatchObject({
    code: 'data.in-use',
    message: expect.stringContaining(`process ${first.process.pid}`),
    details: { process: first.process.pid },
  });
  expect(await query(url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
  await first.kill('SIGTERM');
});

it('lets one of two starts at once have an empty folder, and tells the other', async () => {
  const empty = await createFolder();
  const options = { dataDir: empty, durability: 'throwaway' } as const;
  const starts = await Promise.allSettled([startEmbeddedPostgres(options), startEmbeddedPostgres(options)]);
  const [winner] = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const losers = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []));
  expect(losers).toMatchObject([{ code: 'data.in-use' }]);
  expect(await query(winner?.url ?? '', 'select 1 as alive')).toEqual([{ alive: 1 }]);
  const names = await readdir(join(empty, 'postgres'));
  expect(names.filter((name) => name.startsWith('new-'))).toEqual([]);
  await winner?.stop();
});

it('works in a folder deeper than a socket path may be long', async () => {
  const deep = join(await createFolder(), ...Array<string>(8).fill('a-rather-long-name-of-a-folder'));
  await using postgres = await startEmbeddedPostgres({ dataDir: deep, durability: 'throwaway' });
  expect(deep.length).toBeGreaterThan(250);
  expect(await query(postgres.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
});
