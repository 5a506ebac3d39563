import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeLogMark } from '../../ports/log-mark.contract.ts';
import { createLogMarkFile } from './log-mark.ts';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-mark-'));
afterAll(() => rm(folder, { recursive: true }));
let made = 0;

describeLogMark('a mark in a file', async () => {
  made += 1;
  const file = join(folder, `mark ${made}`);
  return { open: async () => createLogMarkFile(file) };
});

describe('a mark that was damaged', () => {
  it.each(['', '{}', '{"size":-0.5,"root":""}', '[1,2]', '{"size":1,"root":2}', '{'])('%s is told of', async (text) => {
    const file = join(folder, 'damaged');
    await writeFile(file, text);
    await expect(createLogMarkFile(file).read()).rejects.toMatchObject({ code: 'data.log-mark' });
  });
});
