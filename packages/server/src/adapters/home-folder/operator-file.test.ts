import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOperatorFile } from './operator-file.ts';

const KEY = { name: 'ops', role: 'operator', hash: 'a'.repeat(64), createdAt: 1 } as const;
let folder: string;
let now = 0;
const open = () => openOperatorFile(folder, () => now);

beforeEach(async () => {
  now = 0;
  folder = await mkdtemp(join(tmpdir(), 'holdfast-operators-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('what one process changes another one of the folder sees, and after a restart', async () => {
  const [one, other] = [open(), open()];
  await Promise.all([
    one.change((before) => ({ ...before, keys: [...before.keys, KEY] })),
    one.change((before) => ({ ...before, keys: [...before.keys, { ...KEY, name: 'two' }] })),
  ]);
  now = 1000;
  for (const file of [one, other, open()]) expect(file.read().keys.map(({ name }) => name)).toEqual(['ops', 'two']);
  expect((await stat(join(folder, 'operators.json'))).mode & 0o777).toBe(0o600);
});

test('a file that cannot be read lets nobody in by guessing', async () => {
  for (const text of ['{', '{"keys":[{"name":"a"}],"ended":[]}']) {
    await writeFile(join(folder, 'operators.json'), text);
    expect(open).toThrow(expect.objectContaining({ code: 'data.operators' }));
  }
});
