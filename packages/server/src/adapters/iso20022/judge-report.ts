import { CodedError } from '@holdfast/core';
import type { LineOutcome, RailNotice } from '../../ports/settlement-rail.ts';
import { parseDecimal } from './decimal.ts';
import type { ReportedTransaction, StatusReport } from './pain-002.ts';

/** What this side remembers of a message that it sent. */
export type SentMessage = {
  readonly batch: string;
  readonly digest: string;
  readonly currency: { readonly code: string; readonly decimals: number };
  readonly lines: readonly SentLine[];
};

export type SentLine = {
  readonly lineId: string;
  readonly amount: bigint;
  /** `accountDigest` of the account that was named. */
  readonly account: string;
};

/**
 * The first status that this bank gives only when it will pay. Everything above it is accepted as well; everything below it
 * says that the bank is at work, which is no answer.
 */
export type AcceptedFrom = (typeof LADDER)[number];

/** ISO 20022 external code set of transaction statuses, from received to credited. */
const LADDER = ['RCVD', 'ACTC', 'ACCP', 'ACFC', 'ACSP', 'ACWP', 'ACSC', 'ACCC'] as const;
/** With the date or the amount changed: as good as in process. */
const CHANGED = 'ACWC';
const NEGATIVE = new Set(['RJCT', 'CANC']);
/** The bank has seen this before: it says nothing about what became of the first one. */
const DUPLICATE = new Set(['AM05', 'DUPL', 'DU01', 'DU02', 'DU03', 'DU04', 'DU05']);

type Sign = 'positive' | 'negative' | 'none';

export type JudgedReport = {
  readonly outcomes: readonly LineOutcome[];
  readonly notices: readonly Omit<RailNotice, 'id'>[];
};

/**
 * What a report says about the lines of the message that it is about. The most particular status counts: of the
 * transaction, else of its instruction, else of the group. A report that is about another sum, another number of lines or
 * another instruction, or whose levels contradict each other (ISO 20022: a rejected group has no accepted transaction and
 * the other way round), says nothing at all: `settlement.report-differs`, `settlement.report-contradictory`.
 */
export function judgeReport(
  report: StatusReport,
  sent: SentMessage,
  acceptedFrom: AcceptedFrom,
  digestAccount: (lineId: string, iban: string) => string,
): JudgedReport {
  assertAbout(report, sent);
  assertConsistent(report);
  const notices: Omit<RailNotice, 'id'>[] = [];
  const outcomes: LineOutcome[] = [];
  const named = new Set<string>();
  const lines = new Map(sent.lines.map((line) => [line.lineId, line]));
  const transactions = report.instructions.flatMap((instruction) =>
    instruction.transactions.map((transaction) => ({ instruction, transaction })),
  );
  for (const { instruction, transaction } of transactions) {
    const line = lines.get(transaction.endToEndId ?? '');
    if (line === undefined) {
      notices.push(notice('settlement.report-unknown-line', 'A report names a payment that is not in its message.'));
      continue;
    }
    named.add(line.lineId);
    const said = outcomeOf(levels(report, instruction, transaction), acceptedFrom);
    const checked = said === undefined ? undefined : compare(said, line, transaction, sent, digestAccount);
    if (checked?.notice !== undefined) notices.push(checked.notice);
    if (checked?.said !== undefined) outcomes.push({ lineId: line.lineId, ...checked.said });
  }
  // Some banks write an instruction for each transaction: then none of them speaks for the lines that are not named.
  const [only, second] = report.instructions;
  const others = outcomeOf(levels(report, second === undefined ? only : undefined), acceptedFrom);
  if (others !== undefined) {
    for (const { lineId } of sent.lines) if (!named.has(lineId)) outcomes.push({ lineId, ...others });
  }
  return { outcomes, notices };
}

type Level = { readonly status?: string; readonly reason?: string };
type Said = LineOutcome extends infer Outcome ? (Outcome extends unknown ? Omit<Outcome, 'lineId'> : never) : never;

/** The most particular level that says anything. */
function levels(report: StatusReport, ...below: readonly (Level | undefined)[]): Level {
  const saying = [report, ...below].filter((level) => level?.status !== undefined);
  return saying.at(-1) ?? {};
}

function outcomeOf({ status, reason }: Level, acceptedFrom: AcceptedFrom): Said | undefined {
  if (status === undefined) return undefined;
  if (NEGATIVE.has(status)) {
    if (reason !== undefined && DUPLICATE.has(reason)) return { outcome: 'unknown', code: reason };
    return { outcome: 'rejected', code: reason ?? status };
  }
  if (status === 'BLCK') return { outcome: 'unknown', code: status };
  return heightOf(status) >= LADDER.indexOf(acceptedFrom) ? { outcome: 'accepted', code: status } : undefined;
}

/** -1 for what is no step of the ladder: pending, partly, or a code that came later than this list. */
function heightOf(status: string): number {
  return (LADDER as readonly string[]).indexOf(status === CHANGED ? 'ACSP' : status);
}

function signOf(status: string | undefined): Sign {
  if (status === undefined) return 'none';
  if (NEGATIVE.has(status)) return 'negative';
  // Received and technically valid say nothing about what is in it.
  return heightOf(status) >= LADDER.indexOf('ACTC') ? 'positive' : 'none';
}

function assertAbout({ count, sum, instructions }: StatusReport, sent: SentMessage): void {
  const total = sent.lines.reduce((amount, line) => amount + line.amount, 0n);
  const isOther = [{ count, sum }, ...instructions].some(
    (level) =>
      (level.count !== undefined && Number(level.count) !== sent.lines.length) ||
      (level.sum !== undefined && parseDecimal(level.sum, sent.currency.decimals) !== total),
  );
  if (isOther || instructions.some(({ id }) => id !== sent.batch && id !== 'NOTPROVIDED')) {
    throw new CodedError(
      'settlement.report-differs',
      'A report is about another number of payments, another sum or another instruction than was sent; its message was not touched.',
      { batch: sent.batch },
    );
  }
}

function assertConsistent(report: StatusReport): void {
  const group = signOf(report.status);
  const wrong = report.instructions.some((instruction) => {
    const own = signOf(instruction.status);
    return isOpposite(group, own) || instruction.transactions.some((transaction) => isAgainst(group, own, transaction));
  });
  if (wrong) {
    throw new CodedError(
      'settlement.report-contradictory',
      'A report says accepted and rejected of the same payments; nothing of it was taken over.',
    );
  }
}

function isAgainst(group: Sign, instruction: Sign, { status }: ReportedTransaction): boolean {
  return isOpposite(group, signOf(status)) || isOpposite(instruction, signOf(status));
}

function isOpposite(above: Sign, below: Sign): boolean {
  return above !== 'none' && below !== 'none' && above !== below;
}

/** An answer is about our line only if what it repeats of it is ours. */
function compare(
  said: Said,
  line: SentLine,
  { amount, iban }: ReportedTransaction,
  { currency }: SentMessage,
  digestAccount: (lineId: string, iban: string) => string,
): { readonly said?: Said; readonly notice?: Omit<RailNotice, 'id'> } {
  if (iban !== undefined && digestAccount(line.lineId, iban) !== line.account) {
    const unsure: Said = { outcome: 'unknown', code: 'OTHER-ACCOUNT' };
    return {
      said: unsure,
      notice: notice('settlement.report-differs', 'A report names another account than was to be paid.'),
    };
  }
  if (amount === undefined) return { said };
  const paid = amount.currency === currency.code ? parseDecimal(amount.value, currency.decimals) : undefined;
  if (paid === line.amount) return { said };
  const notices = notice('settlement.report-differs', 'A report names another amount than was to be paid.');
  if (said.outcome !== 'accepted') return { notice: notices };
  const partly: Said = { outcome: 'partly', ...(said.code === undefined ? {} : { code: said.code }) };
  return { said: paid === undefined ? partly : { ...partly, paid }, notice: notices };
}

function notice(code: string, message: string): Omit<RailNotice, 'id'> {
  return { code, message };
}
