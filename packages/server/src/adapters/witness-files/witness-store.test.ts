import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leafHash } from '@holdfast/core';
import { afterEach, expect, it } from 'vitest';
import { describeWitnessStore } from '../../ports/witness-store.contract.ts';
import { createWitnessStoreFiles } from './witness-store.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-witness-'));
  folders.push(folder);
  return folder;
}

describeWitnessStore('what a witness remembers, in files', async () => {
  const folder = await createFolder();
  return { store: await createWitnessStoreFiles(folder), reopen: () => createWitnessStoreFiles(folder) };
});

const treeOf = (size: number) => ({ size, root: leafHash(new Uint8Array([size])), note: `note ${size}\n` });

async function findLog(folder: string): Promise<string> {
  const [log = ''] = (await readdir(folder)).filter((name) => name !== 'frauds');
  return join(folder, log);
}

it('keeps no more than two steps, and no half file', async () => {
  const folder = await createFolder();
  const store = await createWitnessStoreFiles(folder);
  await store.advance('log.example', undefined, treeOf(0));
  for (let size = 0; size < 9; size += 1) await store.advance('log.example', size, treeOf(size + 1));
  expect(await readdir(await findLog(folder))).toHaveLength(2);
});

it('passes over what a crash left half written, and goes on', async () => {
  const folder = await createFolder();
  const store = await createWitnessStoreFiles(folder);
  await store.advance('log.example', undefined, treeOf(3));
  await writeFile(join(await findLog(folder), '000000000002.json.ab12.tmp'), '{"size":');
  const again = await createWitnessStoreFiles(folder);
  expect(await again.read('log.example')).toEqual(treeOf(3));
  expect(await again.advance('log.example', 3, treeOf(4))).toBe(true);
});

it('stops at a file that it cannot have written, rather than start over', async () => {
  const folder = await createFolder();
  const store = await createWitnessStoreFiles(folder);
  await store.advance('log.example', undefined, treeOf(3));
  for (const text of ['', '{}', '{"size":3}', 'x'.repeat(600_000)]) {
    await writeFile(join(await findLog(folder), '000000000001.json'), text);
    await expect(store.read('log.example')).rejects.toMatchObject({ code: 'witness.store-damaged' });
    await expect(store.advance('log.example', undefined, treeOf(1))).rejects.toMatchObject({
      code: 'witness.store-damaged',
    });
  }
});
