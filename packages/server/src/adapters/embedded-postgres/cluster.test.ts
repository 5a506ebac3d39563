import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createFolder } from '../../../test/test-engine.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

let dataDir = '';
beforeAll(async () => {
  dataDir = await createFolder();
  await (await startEmbeddedPostgres({ dataDir, durability: 'throwaway' })).stop();
});

function start(): Promise<unknown> {
  return startEmbeddedPostgres({ dataDir, durability: 'throwaway' });
}

function inCluster(file: string): string {
  return join(dataDir, 'postgres', 'cluster', file);
}

/** Programs that answer `--version` as PostgreSQL does and fail at everything else with these words. */
async function pretendNative(words: string): Promise<string> {
  const native = join(await createFolder(), 'native');
  await mkdir(join(native, 'bin'), { recursive: true });
  for (const name of ['postgres', 'initdb']) {
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo "${name} (PostgreSQL) 18.4" && exit 0\necho "${words}" >&2\nexit 1\n`;
    await writeFile(join(native, 'bin', name), script);
    await chmod(join(native, 'bin', name), 0o755);
  }
  return native;
}

it('says that the disk is full when making the database fills it, and leaves nothing half-made', async () => {
  const fresh = await createFolder();
  const native = await pretendNative('initdb: error: could not write: No space left on device');
  await expect(startEmbeddedPostgres({ dataDir: fresh, native })).rejects.toMatchObject({ code: 'data.full' });
  expect(await readdir(join(fresh, 'postgres'))).toEqual([]);
});

it('repeats what PostgreSQL said when it cannot make its database', async () => {
  const fresh = await createFolder();
  const native = await pretendNative('initdb: error: the moon is in the wrong place');
  await expect(startEmbeddedPostgres({ dataDir: fresh, native })).rejects.toMatchObject({
    code: 'engine.create-failed',
    message: expect.stringContaining('the moon is in the wrong place'),
  });
});

it('refuses data of another PostgreSQL with both versions and a way on', async () => {
  await writeFile(inCluster('PG_VERSION'), '17\n');
  await expect(start()).rejects.toMatchObject({
    code: 'data.version',
    message: expect.stringMatching(/PostgreSQL 17.*PostgreSQL 18.*--database/s),
  });
  await writeFile(inCluster('PG_VERSION'), '18\n');
});

it('says in PostgreSQL’s words why it does not start, and where to read on', async () => {
  await writeFile(inCluster('postgresql.auto.conf'), 'no_such_setting = 1\n');
  await expect(start()).rejects.toMatchObject({
    code: 'engine.start-failed',
    message: expect.stringContaining('postgres.log'),
    details: { said: expect.stringContaining('no_such_setting') },
  });
  await writeFile(inCluster('postgresql.auto.conf'), '');
});

it('refuses a cluster that is not whole, rather than make another one over it', async () => {
  await rm(inCluster('holdfast.password'));
  await expect(start()).rejects.toMatchObject({ code: 'data.damaged', details: { missing: 'holdfast.password' } });
  await rm(inCluster('PG_VERSION'));
  await expect(start()).rejects.toMatchObject({ code: 'data.damaged', details: { missing: 'PG_VERSION' } });
});
