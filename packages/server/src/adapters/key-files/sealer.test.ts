import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeUtf8 } from '@holdfast/core';
import { afterAll, expect, it } from 'vitest';
import { describeSealer } from '../../ports/sealer.contract.ts';
import { createKeyFilesSealer } from './sealer.ts';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-sealer-'));
const directory = join(folder, 'keys');
afterAll(() => rm(folder, { recursive: true }));

const open = (name: string) => createKeyFilesSealer({ directory, name });

describeSealer('sealer with a key file', open);

it('keeps its key for its owner alone, and not in the clear', async () => {
  await open('kept');
  expect((await stat(join(directory, 'kept.sealer'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(directory, 'kept.sealer'), 'utf8')).toMatch(/^[\w-]+\.[\w-]{54}\.[\w-]{16}\.[\w-]{43}\./);
});

it('does not open under another passphrase, and leaves the file as it was', async () => {
  await open('guarded');
  const before = await readFile(join(directory, 'guarded.sealer'), 'utf8');
  const passphrasePath = join(folder, 'other');
  const opened = createKeyFilesSealer({ directory, name: 'guarded', passphrasePath });
  await expect(opened).rejects.toMatchObject({ code: 'key.passphrase-wrong' });
  expect(await readFile(join(directory, 'guarded.sealer'), 'utf8')).toBe(before);
});

it('gives processes that start at once the same key, and leaves no file behind', async () => {
  const sealers = await Promise.all([1, 2, 3, 4].map(() => open('shared')));
  const [first, ...others] = sealers;
  const sealed = (await first?.seal(encodeUtf8('text'), 'context')) ?? new Uint8Array();
  for (const other of others) expect(await other.open(sealed, 'context')).toEqual(encodeUtf8('text'));
  expect((await readdir(directory)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
});

it('names a file that is no key of ours, truncated or of another kind, or that others may read', async () => {
  await open('broken');
  const path = join(directory, 'broken.sealer');
  const text = await readFile(path, 'utf8');
  for (const wrong of ['', 'null', text.slice(0, -2), text.slice(0, 40)]) {
    await writeFile(path, wrong);
    await expect(open('broken'), wrong).rejects.toMatchObject({ code: 'key.file-malformed' });
  }
  await chmod(path, 0o644);
  await expect(open('broken')).rejects.toMatchObject({ code: 'key.file-mode' });
  await expect(open('../elsewhere')).rejects.toMatchObject({ code: 'key.name-malformed' });
});
