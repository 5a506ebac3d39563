import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { assertReady, createFolder, isGone, query, startParent, waitUntil } from '../../../test/test-engine.ts';
import { type PostgresEvent, startEmbeddedPostgres } from './embedded-postgres.ts';

// One folder for all: each test leaves a stopped server behind, and the next finds the data of the one before.
let dataDir = '';
beforeAll(async () => {
  dataDir = await createFolder();
});

it('goes on from a start that was killed while it made the database, and sweeps up after it', async () => {
  await mkdir(join(dataDir, 'postgres', 'new-half', 'pg_wal'), { recursive: true });
  await mkdir(join(dataDir, 'postgres', 'bin-new-half', 'lib'), { recursive: true });
  await writeFile(join(dataDir, 'postgres', 'new-half.password'), 'nobody keeps this\n');
  await using postgres = await startEmbeddedPostgres({ dataDir, durability: 'throwaway' });
  expect(await query(postgres.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
  const names = await readdir(join(dataDir, 'postgres'));
  expect(names.filter((name) => name.includes('half'))).toEqual([]);
});

it('adopts the server that a parent killed with -9 left running, and stops it like its own', async () => {
  const parent = await startParent({ dataDir, durability: 'throwaway' });
  const { url, pid } = assertReady(parent);
  await query(url, "create table adopted as select 'before' as word");
  await parent.kill('SIGKILL');
  expect(await query(url, 'select word from adopted')).toEqual([{ word: 'before' }]);

  const events: string[] = [];
  const heir = await startEmbeddedPostgres({ dataDir, report: ({ type }) => events.push(type) });
  expect(events).toEqual(['adopted']);
  expect(heir).toMatchObject({ pid, url });
  await heir.stop();
  await waitUntil(() => isGone(pid));
});

it('takes the server down with a parent that a signal or its own exit ends', async () => {
  const terminated = await startParent({ dataDir, durability: 'throwaway' });
  await terminated.kill('SIGTERM');
  expect(terminated.process.signalCode).toBe('SIGTERM');
  await waitUntil(() => isGone(assertReady(terminated).pid));

  const exited = await startParent({ dataDir, durability: 'throwaway' });
  exited.say('exit');
  await waitUntil(() => isGone(assertReady(exited).pid));
});

it('starts a server that was killed with -9 again on the same address, with everything acknowledged', async () => {
  const events: string[] = [];
  await using postgres = await startEmbeddedPostgres({ dataDir, report: ({ type }) => events.push(type) });
  const { url, pid } = postgres;
  await query(url, 'create table kept (n int)');
  await query(url, 'insert into kept select generate_series(1, 1000)');
  process.kill(pid, 'SIGKILL');
  await waitUntil(() => events.includes('recovered'));
  expect(events.slice(-2)).toEqual(['lost', 'recovered']);
  expect(postgres.pid).not.toBe(pid);
  expect(await query(url, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
});

it('does not start a server again that keeps dying, and says so', async () => {
  const events: PostgresEvent[] = [];
  const postgres = await startEmbeddedPostgres({ dataDir, durability: 'throwaway', report: (e) => events.push(e) });
  for (let death = 1; death <= 4; death += 1) {
    process.kill(postgres.pid, 'SIGKILL');
    await waitUntil(() => events.filter(({ type }) => type === 'recovered' || type === 'gone').length === death);
  }
  expect(events.filter(({ type }) => type === 'recovered')).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({ type: 'gone', error: { code: 'engine.keeps-dying' } });
  await postgres.stop();
});

it('takes down the programs that make the database with a parent that a signal ends', async () => {
  const fresh = await createFolder();
  const parent = await startParent({ dataDir: fresh }, 'creating-cluster');
  await parent.kill('SIGTERM');
  await waitUntil(async () => (await argumentsOfAll()).every((text) => !text.includes(fresh)));
  expect(parent.process.signalCode).toBe('SIGTERM');
});

it('recovers when both were killed and another program has got the server’s number since', async () => {
  const parent = await startParent({ dataDir });
  const { url, pid } = assertReady(parent);
  await query(url, 'create table survivors (n int)');
  await query(url, 'insert into survivors select generate_series(1, 1000)');
  await parent.kill('SIGKILL');
  process.kill(pid, 'SIGKILL');
  await waitUntil(() => isGone(pid));
  const file = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [process.pid, ...rest].join('\n'));

  await using postgres = await startEmbeddedPostgres({ dataDir });
  expect(await query(postgres.url, 'select count(*)::int as n from survivors')).toEqual([{ n: 1000 }]);
});

it('starts over a lock file that a power cut left empty', async () => {
  const file = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  await writeFile(file, '');
  await utimes(file, 1, 1);
  await using postgres = await startEmbeddedPostgres({ dataDir, durability: 'throwaway' });
  expect(await query(postgres.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
});

/** What every process of this machine was started with; empty where the platform has no /proc. */
async function argumentsOfAll(): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}
