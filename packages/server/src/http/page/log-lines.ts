import { CodedError, describeEntries, type EntryLine, type Rulebook } from '@holdfast/core';

/** Entries from `from` to before `to`: at least one, perhaps fewer than asked for. */
export type ReadEntries = (from: number, to: number) => Promise<readonly string[]>;

/**
 * How far back the first look goes, in entries, until there are lines enough: a network that has been idle for an hour
 * has written 720 ticks since anything happened. Beyond the last step fewer lines are shown.
 */
const FIRST_LOOKS = [256, 1024, 4096] as const;
const MAX_READ = 4096;

/** The newest lines of a log, newest first. */
export type ReadLines = (size: number, rulebook: Rulebook | undefined) => Promise<readonly EntryLine[]>;

/**
 * Entries never change, so each is read and described once and a poll costs only what is new. Calls wait for one
 * another; one that fails leaves the lines as they were.
 */
export function createLogLines(readEntries: ReadEntries, count: number): ReadLines {
  let seen = 0;
  let lines: readonly EntryLine[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  const look = async (size: number, rulebook: Rulebook | undefined) => {
    if (seen === 0 || size - seen > MAX_READ) lines = await lookBack(readEntries, size, rulebook, count);
    else if (size > seen) {
      const entries = await readAll(readEntries, seen, size);
      lines = describeEntries(lines, seen, entries, rulebook).slice(0, count);
    }
    seen = Math.max(seen, size);
    return lines;
  };
  return (size, rulebook) => {
    const mine = turn.then(() => look(size, rulebook));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

async function lookBack(
  readEntries: ReadEntries,
  size: number,
  rulebook: Rulebook | undefined,
  count: number,
): Promise<EntryLine[]> {
  let lines: EntryLine[] = [];
  if (size === 0) return lines;
  for (const back of FIRST_LOOKS) {
    const from = Math.max(0, size - back);
    lines = describeEntries([], from, await readAll(readEntries, from, size), rulebook);
    if (from === 0 || lines.length > count) break;
  }
  return lines.slice(0, count);
}

async function readAll(readEntries: ReadEntries, from: number, to: number): Promise<string[]> {
  const entries: string[] = [];
  while (from + entries.length < to) {
    const more = await readEntries(from + entries.length, to);
    if (more.length === 0) throw new CodedError('log.out-of-range', `The log gave no entry ${from + entries.length}.`);
    entries.push(...more);
  }
  return entries;
}
