import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own for a data folder and its database, which can be filled and emptied. As root on Linux. */
export type SmallDisk = AsyncDisposable & {
  readonly data: string;
  /** Takes the database of the data folder onto the disk, wherever it lies; while nothing runs. */
  readonly takeDatabase: () => Promise<void>;
  /** Leaves no byte. */
  readonly fill: () => Promise<void>;
  readonly makeRoom: () => Promise<void>;
};

export async function createSmallDisk(megabytes: number): Promise<SmallDisk> {
  const disk = await mkdtemp(join(tmpdir(), 'holdfast-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', disk]);
  const data = join(disk, 'data');
  await mkdir(data, { mode: 0o700 });
  const mounted = [disk];
  return {
    data,
    async takeDatabase() {
      const place = dirname(await placeOf(data));
      const here = join(disk, 'database');
      await mkdir(here);
      await run('cp', ['-a', `${place}/.`, here]);
      await run('chown', ['--reference', place, here]);
      await run('chmod', ['--reference', place, here]);
      await run('mount', ['--bind', here, place]);
      mounted.unshift(place);
    },
    async fill() {
      // Until there is no room for another block; what others free or write meanwhile is theirs.
      for (const block of ['1M', '4k']) {
        const to = [`of=${join(disk, 'ballast')}`, 'oflag=append', 'conv=notrunc'];
        await run('dd', ['if=/dev/zero', `bs=${block}`, ...to]).catch(() => undefined);
      }
    },
    makeRoom: () => rm(join(disk, 'ballast'), { force: true }),
    async [Symbol.asyncDispose]() {
      for (const place of mounted) await run('umount', ['-l', place]);
      await rm(disk, { recursive: true, force: true });
    },
  };
}

/** Where the cluster of a data folder lies. */
async function placeOf(data: string): Promise<string> {
  const inside = join(data, 'postgres');
  const place = await readFile(join(inside, 'location'), 'utf8').catch(() => inside);
  return join(place.trim(), 'cluster');
}
