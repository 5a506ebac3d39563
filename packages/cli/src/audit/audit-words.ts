import type { AuditFinding, AuditorReport, RefusedEntry } from '@holdfast/core';
import { type AuditReport, refusalWords } from '@holdfast/verifier';
import { formatDateTime, type Output } from '../output.ts';
import type { ReceiptsReport } from './receipts-file.ts';

const SHOWN = 20;

/** What an audit found, for people: what does not hold first. */
export function tellAudit(output: Output, log: AuditReport, found: AuditorReport, receipts?: ReceiptsReport): void {
  const { counts, decisions, opened, erased } = found;
  if (log.firstFault !== undefined) {
    const { index, why, detail, answers } = log.firstFault;
    output.say(`The log itself does NOT hold${index === undefined ? '' : ` from #${index} on`}: ${why}. ${detail}`);
    output.say(`  To answer for it: ${answers}.`);
  }
  const upTo = log.head === undefined ? '' : `, up to #${log.head.size - 1}, ${formatDateTime(log.head.time)}`;
  output.say(`${log.entries} entries${upTo}: ${decisions} decisions, ${opened} of them opened to this audit.`);
  if (erased > 0)
    output.say(
      `  Of ${erased} of these something was erased since, as was asked; what they were signed as still holds.`,
    );
  const { unseen, succeeds } = log;
  if (succeeds !== undefined)
    output.say(`  NOT SEEN: the log ${succeeds.log} up to #${succeeds.size - 1}, which this one goes on from.`);
  if (unseen !== undefined && unseen.from > 0) {
    output.say(`  NOT SEEN: entries #${unseen.from} to #${unseen.to - 1}, for which the log no longer answers.`);
  }
  tellFindings(output, 'What does NOT hold', found.broken, counts.broken);
  tellReceipts(output, receipts);
  tellRefused(output, found.refused, counts.refused);
  tellFindings(output, 'To be looked at, though it holds', found.signs, counts.signs);
  const receiptFaults = receipts?.faults ?? 0;
  if (counts.broken + receiptFaults > 0 || !log.holds) return;
  output.say('Every power was used as the rules in force allowed, by those who held it.');
}

function tellFindings(output: Output, title: string, findings: readonly AuditFinding[], count: number): void {
  if (count === 0) return;
  output.say(`${title}: ${count}`);
  for (const { entry, rule, detail, who } of findings.slice(0, SHOWN)) {
    output.say(`  #${entry} (${rule}) ${detail}`);
    output.say(`    To answer for it: ${who}.`);
  }
  tellMore(output, count);
}

function tellReceipts(output: Output, report: ReceiptsReport | undefined): void {
  if (report === undefined) return;
  const paid = Object.entries(report.paid).map(([program, sum]) => `${program} ${sum}`);
  output.say(
    `${report.receipts} receipts of the ledger; paid by them: ${paid.length === 0 ? 'nothing' : paid.join(', ')}`,
  );
  for (const { line, detail } of report.broken.slice(0, SHOWN)) output.say(`  Receipt ${line}: ${detail}`);
  tellMore(output, report.faults);
}

/** An entry without effect did no harm; a log full of them is a sign. */
function tellRefused(output: Output, refused: readonly RefusedEntry[], count: number): void {
  if (count === 0) return;
  output.say(`Without effect, because the rules do not allow it: ${count}`);
  for (const why of new Set(refused.map((entry) => entry.why))) {
    const entries = refused.filter((entry) => entry.why === why);
    const first = entries.slice(0, 8).map(({ index, type }) => `#${index} (${type})`);
    output.say(`  ${why}: ${refusalWords(why)}. ${first.join(', ')}${entries.length > 8 ? ', …' : ''}`);
  }
}

function tellMore(output: Output, count: number): void {
  if (count > SHOWN) output.say(`  … and ${count - SHOWN} more; --json lists a thousand.`);
}
