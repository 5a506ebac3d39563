import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LineOutcome, OutcomePage, RailNotice } from '../../ports/settlement-rail.ts';
import { createDurably, moveDurably, type RailFolders, readText, statFile } from './folder.ts';

/** What one report of the bank came to. */
export type JournalEntry = {
  /** SHA-256 of the report's bytes, base64url. */
  readonly report: string;
  readonly outcomes: readonly LineOutcome[];
  readonly notices: readonly Omit<RailNotice, 'id'>[];
};

/** The reports in the order in which they were read, which is the order of the cursor. */
export type ReportJournal = {
  /** Whether a report with these bytes has been read. */
  isRead(report: string): Promise<boolean>;
  append(entry: JournalEntry): Promise<void>;
  /** Puts away a report that has been read. */
  archive(file: string, report: string): Promise<void>;
  readPage(cursor: string | undefined, limit: number): Promise<OutcomePage>;
};

/**
 * A report is journaled first and put away second: killed in between, it is found again, and known by the last entry.
 */
export async function openReportJournal(folders: RailFolders): Promise<ReportJournal> {
  const names = (await readdir(folders.reports)).filter((name) => /^[0-9]{9}\.json$/.test(name)).sort();
  let last = Number(names.at(-1)?.slice(0, 9) ?? 0);
  let lastReport = (await readEntry(folders, last))?.report;
  const archived = (report: string) => join(folders.archive, `${report}.xml`);
  return {
    isRead: async (report) => report === lastReport || (await statFile(archived(report))) !== undefined,
    async append(entry) {
      const text = encodeEntry(entry);
      // A number that is taken was taken by another process, against the rules; neither loses an entry by it.
      do last += 1;
      while (!(await createDurably(fileOf(folders, last), text)));
      lastReport = entry.report;
    },
    archive: async (file, report) => void (await moveDurably(file, archived(report))),
    readPage: (cursor, limit) => readPage(folders, cursor, limit),
  };
}

async function readPage(folders: RailFolders, cursor: string | undefined, limit: number): Promise<OutcomePage> {
  const outcomes: LineOutcome[] = [];
  const notices: RailNotice[] = [];
  let { number, offset } = parseCursor(cursor);
  for (let entry = await readEntry(folders, number); entry !== undefined; entry = await readEntry(folders, number)) {
    const all = entry.outcomes.length + entry.notices.length;
    const end = Math.min(all, offset + limit - outcomes.length - notices.length);
    const fromNotice = Math.max(0, offset - entry.outcomes.length);
    outcomes.push(...entry.outcomes.slice(offset, end));
    for (const [i, notice] of entry.notices.slice(0, Math.max(0, end - entry.outcomes.length)).entries()) {
      if (i >= fromNotice) notices.push({ id: `${number}.${i}`, ...notice });
    }
    if (end < all) return { outcomes, notices, cursor: `${number}:${end}`, more: true };
    number += 1;
    offset = 0;
  }
  return { outcomes, notices, cursor: `${number}:0`, more: false };
}

/** The next entry to read, counted from 1, and how much of it has been read. */
function parseCursor(cursor: string | undefined): { number: number; offset: number } {
  const [, number, offset] = /^([0-9]{1,9}):([0-9]{1,6})$/.exec(cursor ?? '1:0') ?? [];
  return { number: Number(number ?? 1), offset: Number(offset ?? 0) };
}

function fileOf(folders: RailFolders, number: number): string {
  return join(folders.reports, `${String(number).padStart(9, '0')}.json`);
}

async function readEntry(folders: RailFolders, number: number): Promise<JournalEntry | undefined> {
  const text = await readText(fileOf(folders, number));
  if (text === undefined) return undefined;
  const { report, outcomes, notices } = JSON.parse(text) as JournalEntry;
  return { report, notices, outcomes: outcomes.map(withAmount) };
}

/** Amounts as digits: JSON has no integers beyond 2^53. */
function encodeEntry(entry: JournalEntry): string {
  return JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
}

function withAmount(outcome: LineOutcome): LineOutcome {
  return 'paid' in outcome && outcome.paid !== undefined ? { ...outcome, paid: BigInt(outcome.paid) } : outcome;
}
