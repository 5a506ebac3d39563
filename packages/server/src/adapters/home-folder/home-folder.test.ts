import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openHomeFolder, readAdminKey } from './home-folder.ts';

const room = await mkdtemp(join(tmpdir(), 'holdfast-data-'));
afterAll(() => rm(room, { recursive: true }));

test('a folder remembers its origin, and another one is refused with what to do', async () => {
  const path = join(room, 'origin');
  await openHomeFolder(path, 'http://localhost:4600');
  await openHomeFolder(path, 'http://localhost:4600');
  await expect(openHomeFolder(path, 'http://localhost:4700')).rejects.toMatchObject({
    code: 'data.other-origin',
    message: expect.stringContaining('--url http://localhost:4600'),
  });
});

test('data of a newer version is refused and left as it was', async () => {
  const path = join(room, 'newer');
  await openHomeFolder(path, 'http://localhost:4600');
  const file = join(path, 'holdfast.json');
  const newer = JSON.stringify({ version: 99, origin: 'http://localhost:4600' });
  await writeFile(file, newer);
  await expect(openHomeFolder(path, 'http://localhost:4600')).rejects.toMatchObject({ code: 'data.newer' });
  expect(await readFile(file, 'utf8')).toBe(newer);
});

test('the admin key is made once and readable by its owner only', async () => {
  const { keys } = await openHomeFolder(join(room, 'admin'), 'http://localhost:4600');
  const key = await readAdminKey(keys);
  expect(key.length).toBeGreaterThanOrEqual(43);
  expect(await readAdminKey(keys)).toBe(key);
  expect((await stat(join(keys, 'admin'))).mode & 0o777).toBe(0o600);
});

test('a folder that cannot be made is a sentence', async () => {
  const file = join(room, 'a-file');
  await writeFile(file, '');
  await expect(openHomeFolder(join(file, 'below'), 'http://localhost:4600')).rejects.toMatchObject({
    code: 'data.unwritable',
  });
});
