import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  assertReady,
  copyNative,
  createFolder,
  isGone,
  isRoot,
  NOBODY_UID,
  query,
  startParent,
} from '../../../test/test-engine.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { removeEmbeddedPostgres } from './removal.ts';

const durability = 'throwaway';

it('says what to do when the data folder is not a folder', async () => {
  const dataDir = join(await createFolder(), 'file');
  await writeFile(dataDir, 'in the way');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
    code: 'data.not-writable',
    message: expect.stringContaining('--data'),
  });
});

if (isRoot) describe('as root', asRoot);
else it('is tried here without root only: run the tests as root for folders that only root may enter', asMyself);

/** What the suite's other tests also do, said once by name. */
async function asMyself(): Promise<void> {
  const dataDir = await createFolder(0o700);
  await using postgres = await startEmbeddedPostgres({ dataDir, durability });
  expect(await query(postgres.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
}

function asRoot(): void {
  let native = '';
  let rootsDir = '';
  beforeAll(async () => {
    native = await copyNative();
    rootsDir = join(await createFolder(), 'roots');
  });

  it('puts the database of a folder that only root may enter into the refuge, and finds it again', async () => {
    const [dataDir, refuge] = [await createFolder(0o700), join(await createFolder(), 'refuge')];
    const options = { dataDir, refuge, durability } as const;
    {
      await using postgres = await startEmbeddedPostgres(options);
      await query(postgres.url, "create table kept as select 'written' as word");
    }
    const [name = ''] = await readdir(refuge);
    const place = join(refuge, name);
    expect((await readFile(join(dataDir, 'postgres', 'location'), 'utf8')).trim()).toBe(place);
    expect((await readFile(join(place, 'data-folder'), 'utf8')).trim()).toBe(join(dataDir, 'postgres'));
    expect((await stat(join(place, 'cluster'))).uid).toBe(NOBODY_UID);
    expect((await stat(place)).uid).toBe(0);
    {
      await using postgres = await startEmbeddedPostgres(options);
      expect(await query(postgres.url, 'select word from kept')).toEqual([{ word: 'written' }]);
    }

    await rm(place, { recursive: true });
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
      code: 'data.lost',
      message: expect.stringContaining(place),
    });

    // Removed for good, it leaves neither a process nor anything in the refuge.
    await rm(join(dataDir, 'postgres'), { recursive: true });
    const abandoned = await startParent(options);
    const { pid } = assertReady(abandoned);
    await abandoned.kill('SIGKILL');
    await removeEmbeddedPostgres(dataDir);
    await removeEmbeddedPostgres(dataDir);
    expect(await isGone(pid)).toBe(true);
    expect(await readdir(refuge)).toEqual([]);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('does not hand the old database to a data folder that was deleted and made again', async () => {
    const [dataDir, refuge] = [await createFolder(0o700), join(await createFolder(), 'refuge')];
    const options = { dataDir, refuge, durability } as const;
    await (await startEmbeddedPostgres(options)).stop();
    const [name] = await readdir(refuge);
    await rm(join(dataDir, 'postgres'), { recursive: true });
    await (await startEmbeddedPostgres(options)).stop();
    expect((await readdir(refuge)).filter((other) => other !== name)).toHaveLength(1);
  });

  it('gives two starts at once one place in the refuge', async () => {
    const [dataDir, refuge] = [await createFolder(0o700), join(await createFolder(), 'refuge')];
    const options = { dataDir, refuge, durability } as const;
    const starts = await Promise.allSettled([startEmbeddedPostgres(options), startEmbeddedPostgres(options)]);
    for (const start of starts) if (start.status === 'fulfilled') await start.value.stop();
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await readdir(refuge)).toHaveLength(1);
  });

  it('takes no refuge in a folder that others may write to', async () => {
    const [dataDir, refuge] = [await createFolder(0o700), await createFolder(0o777)];
    await expect(startEmbeddedPostgres({ dataDir, refuge })).rejects.toMatchObject({ code: 'data.not-writable' });
    expect(await readdir(refuge)).toEqual([]);
  });

  it('copies binaries out of a folder that only root may enter', async () => {
    await chmod(join(native, '..'), 0o700);
    const events: string[] = [];
    const report = ({ type }: { type: string }): void => void events.push(type);
    const postgres = await startEmbeddedPostgres({ dataDir: rootsDir, native, durability, report });
    await chmod(join(native, '..'), 0o755);
    expect(events).toContain('copying-binaries');
    expect(await query(postgres.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    await postgres.stop();
  });

  it('says so when a database that it could reach was closed off since', async () => {
    await chmod(join(rootsDir, '..'), 0o700);
    const closed = startEmbeddedPostgres({ dataDir: rootsDir, native, durability });
    await expect(closed).rejects.toMatchObject({
      code: 'data.unreachable',
      message: expect.stringContaining('chmod o+x'),
    });
    await chmod(join(rootsDir, '..'), 0o755);
  });

  it('lets a user who is not root keep everything in the data folder, from binaries without links', async () => {
    const outer = await createFolder();
    const dataDir = join(outer, 'mine');
    await mkdir(dataDir);
    await chown(dataDir, NOBODY_UID, NOBODY_UID);
    const parent = await startParent({ dataDir, native, durability, uid: NOBODY_UID, refuge: join(outer, 'refuge') });
    await query(assertReady(parent).url, "create table kept as select 'mine' as word");
    expect(await readdir(outer)).toEqual(['mine']);
    const second = await startParent({ dataDir, native, uid: NOBODY_UID });
    expect(second.outcome).toMatchObject({ type: 'refused', code: 'data.in-use' });
    await parent.kill('SIGTERM');

    // Then root, once, with sudo: the database stays its owner's, who can start it again.
    {
      await using postgres = await startEmbeddedPostgres({ dataDir, native, durability });
      expect(await query(postgres.url, 'select word from kept')).toEqual([{ word: 'mine' }]);
    }
    const again = await startParent({ dataDir, native, durability, uid: NOBODY_UID });
    expect(await query(assertReady(again).url, 'select word from kept')).toEqual([{ word: 'mine' }]);
  });

  it('tells a user who is not root whose data it is, or that the folder is closed to them', async () => {
    const closed = await startParent({ dataDir: await createFolder(), native, uid: NOBODY_UID });
    expect(closed.outcome).toMatchObject({ type: 'refused', code: 'data.not-writable' });
    const foreign = await startParent({ dataDir: rootsDir, native, uid: 1 });
    expect(foreign.outcome).toMatchObject({ type: 'refused', code: 'data.owner' });
  });
}
