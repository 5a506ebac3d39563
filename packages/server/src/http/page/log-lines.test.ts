import { expect, test } from 'vitest';
import { buildLog, LIST_URI } from '../../../../core/test/log-builder.ts';
import { createLogLines } from './log-lines.ts';

/** A log that answers with few entries at a time, and counts what it was asked for. */
function readerOf(entries: readonly string[], most: number) {
  const asked: number[] = [];
  const read = async (from: number, to: number) => {
    asked.push(from);
    return entries.slice(from, Math.min(to, from + most));
  };
  return { asked, read };
}

test('after an hour in which nothing happened the last things that did are still shown', async () => {
  const log = buildLog();
  log.revoke([{ list: LIST_URI, index: 7 }]);
  for (let i = 0; i < 720; i += 1) log.epoch();
  const { read } = readerOf(log.entries, 256);
  const lines = await createLogLines(read, 5)(log.entries.length, log.rulebook);
  expect(lines).toHaveLength(5);
  expect(lines.map(({ words }) => words)).toContain('1 credential is revoked');
});

test('a second look asks only for what is new', async () => {
  const log = buildLog();
  const { asked, read } = readerOf(log.entries, 256);
  const readLines = createLogLines(read, 5);
  const size = log.entries.length;
  await readLines(size, log.rulebook);
  log.epoch();
  asked.length = 0;
  const lines = await readLines(size + 1, log.rulebook);
  await readLines(size + 1, log.rulebook);
  expect(asked).toEqual([size]);
  expect(lines[0]).toMatchObject({ last: size });
});

test('a look that fails leaves the lines for the next one', async () => {
  const log = buildLog();
  let fails = true;
  const readLines = createLogLines(async (from, to) => (fails ? [] : log.entries.slice(from, to)), 5);
  await expect(readLines(log.entries.length, log.rulebook)).rejects.toMatchObject({ code: 'log.out-of-range' });
  fails = false;
  expect(await readLines(log.entries.length, log.rulebook)).toHaveLength(5);
});
