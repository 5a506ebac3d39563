import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CodedError,
  encodeBase64url,
  isCodedError,
  type SettlementBatch,
  sha256,
  sha256Base64url,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import { MAX_BATCH_LINES, MAX_OUTCOMES_PER_READ, type SettlementRail } from '../../ports/settlement-rail.ts';
import { type CarriedLine, carry, isMessageId, isRefused } from './carried-line.ts';
import { assertDebtor, type Debtor } from './debtor.ts';
import { coded, openFolders, type RailFolders, statFile } from './folder.ts';
import { type AcceptedFrom, type JudgedReport, judgeReport } from './judge-report.ts';
import { parsePain002, type StatusReport } from './pain-002.ts';
import { openReportJournal, type ReportJournal } from './report-journal.ts';
import { accountDigest, readSentMessage, sendMessage } from './sent-messages.ts';
import { MAX_XML_BYTES } from './xml.ts';

export type Iso20022Options = {
  /** The id of the rail: `bank` unless there are several. */
  readonly id?: string;
  /** Of this process alone. See `RailFolders`. */
  readonly folder: string;
  readonly debtor: Debtor;
  /** Default `ACSP`, accepted for execution. */
  readonly acceptedFrom?: AcceptedFrom;
  readonly clock: Clock;
};

/** Reports in one reading; those beyond wait for the next one. */
const MAX_REPORTS_PER_READ = 100;
/** A report that cannot be read may still be on its way into the folder: for so long it is left alone. */
const ARRIVING_MS = 60_000;

/**
 * Bank accounts by ISO 20022 files: pain.001.001.09 out, pain.002.001.10 in. Whoever carries the files takes `*.xml` from
 * `out` and puts whole files named `*.xml` into `in`. The folder belongs to one process. Throws `settlement.debtor`,
 * `settlement.rail-folder`.
 */
export async function openIso20022Rail(options: Iso20022Options): Promise<SettlementRail> {
  const { id = 'bank', debtor, acceptedFrom = 'ACSP', clock } = options;
  assertDebtor(debtor);
  const folders = await openFolders(options.folder);
  const journal = await coded(() => openReportJournal(folders));
  // One thing at a time: two submissions of one batch are one, and no report is read twice.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = turn.then(() => coded(work));
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    id,
    kinds: ['iban'],
    check(line) {
      const carried = carry(line, debtor);
      return isRefused(carried) ? carried : undefined;
    },
    async submit(batch, signal) {
      const lines = carryAll(batch, debtor);
      return inTurn(() => {
        signal?.throwIfAborted();
        return sendMessage(folders, batch, lines, debtor);
      });
    },
    readOutcomes: (cursor, limit) =>
      inTurn(async () => {
        const waiting = await takeIn(folders, journal, acceptedFrom, clock.now());
        const page = await journal.readPage(cursor, Math.max(1, Math.min(limit, MAX_OUTCOMES_PER_READ)));
        return { ...page, more: page.more || waiting };
      }),
  };
}

function carryAll(batch: SettlementBatch, debtor: Debtor): readonly CarriedLine[] {
  const { id, lines } = batch;
  if (lines.length === 0 || lines.length > MAX_BATCH_LINES) {
    throw new CodedError('settlement.batch-size', `A batch has 1 to ${MAX_BATCH_LINES} lines.`);
  }
  if (!isMessageId(id) || new Set(lines.map(({ lineId }) => lineId)).size !== lines.length) {
    throw new CodedError(
      'settlement.line-malformed',
      'A batch and its lines have ids of 1 to 35 letters, digits and dashes, each line its own.',
    );
  }
  return lines.map((line) => {
    const carried = carry(line, debtor);
    if (isRefused(carried)) throw new CodedError(carried.code, carried.message, { line: line.lineId });
    return carried;
  });
}

/** Reads what has arrived since, in the order of the files' names; true when some of it has to wait for the next time. */
async function takeIn(
  folders: RailFolders,
  journal: ReportJournal,
  acceptedFrom: AcceptedFrom,
  now: number,
): Promise<boolean> {
  const names = (await readdir(folders.in)).filter((name) => name.endsWith('.xml') && !name.startsWith('.')).sort();
  for (const name of names.slice(0, MAX_REPORTS_PER_READ)) {
    const file = join(folders.in, name);
    const stat = await statFile(file);
    if (stat === undefined) continue;
    // Too large to be looked at, it is known by its name, size and time.
    const isLarge = stat.size > MAX_XML_BYTES;
    const bytes = isLarge ? new Uint8Array(MAX_XML_BYTES + 1) : await readFile(file);
    const report = isLarge ? sha256Base64url(`${name} ${stat.size} ${stat.changedAt}`) : encodeBase64url(sha256(bytes));
    if (!(await journal.isRead(report))) {
      const judged = await judgeBytes(folders, bytes, acceptedFrom);
      if (judged.isUnreadable && Math.abs(now - stat.changedAt) < ARRIVING_MS) continue;
      await journal.append({ report, outcomes: judged.outcomes, notices: judged.notices });
    }
    await journal.archive(file, report);
  }
  return names.length > MAX_REPORTS_PER_READ;
}

/** A report that cannot be used is something to look at; it never stops the reading of those after it. */
async function judgeBytes(
  folders: RailFolders,
  bytes: Uint8Array,
  acceptedFrom: AcceptedFrom,
): Promise<JudgedReport & { readonly isUnreadable: boolean }> {
  let report: StatusReport | undefined;
  try {
    report = parsePain002(bytes);
    return { ...(await judgeParsed(folders, report, acceptedFrom)), isUnreadable: false };
  } catch (error) {
    if (!isCodedError(error) || !error.code.startsWith('settlement.report-')) throw error;
    const { code, message } = error;
    return { outcomes: [], notices: [{ code, message }], isUnreadable: report === undefined };
  }
}

async function judgeParsed(
  folders: RailFolders,
  report: StatusReport,
  acceptedFrom: AcceptedFrom,
): Promise<JudgedReport> {
  const sent =
    report.originalMessageName === 'pain.001.001.09'
      ? await readSentMessage(folders, report.originalMessageId)
      : undefined;
  if (sent === undefined) {
    throw new CodedError(
      'settlement.report-unknown-message',
      'A report is about a message that was not sent from here.',
    );
  }
  return judgeReport(report, sent, acceptedFrom, accountDigest);
}
