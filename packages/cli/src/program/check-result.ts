import { CodedError } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, formatTime, type Output } from '../output.ts';
import { parseOrigin } from '../settings.ts';
import { collectResult } from './collect-result.ts';
import { judgeResult, type ResultReport } from './judge-result.ts';
import { readResultFile } from './result-file.ts';
import { isFault, wordsOfResult } from './result-words.ts';
import { asLine } from './words.ts';

type Options = { json?: boolean; fetch?: string; network?: string };

/** `holdfast program check-result FILE`: one applicant checks their own outcome; once collected, without any network. */
export function checkResultCommand(): Command {
  return createCommand('check-result', 'check what became of your own application, believing nobody')
    .argument('<file>', "the applicant's own file, as the wallet keeps it")
    .option('--fetch <origin>', 'collect the log and the proofs into the file first', parseOrigin)
    .option('--network <digest>', 'the name the network ought to have')
    .action(run<Options>(check));
}

async function check(output: Output, { fetch, network }: Options, file = ''): Promise<number> {
  const kept = await readResultFile(file);
  if (kept.acknowledgement === undefined) {
    throw new CodedError(
      'result.unacknowledged',
      'This application was never acknowledged, so nobody owes an answer to it. Send it again.',
    );
  }
  if (fetch !== undefined) {
    const progress = createProgress('collecting the log', output.json, 'entries');
    await collectResult(fetch, file, kept, progress.step).finally(progress.end);
  }
  const progress = createProgress('checking the log', output.json, 'entries');
  const report = await judgeResult(file, network, progress.step).finally(progress.end);
  output.data(report);
  tell(output, report, file);
  return exitOf(report);
}

function tell(output: Output, report: ResultReport, file: string): void {
  for (const line of wordsOfResult(report)) output.say(asLine(line));
  output.say(
    `Checked against ${report.log.entries} entries of the log, up to ${formatTime(report.log.time)}, of network ${report.log.network}`,
  );
  const { begunAt } = report.log;
  if (begunAt !== undefined) {
    output.say(
      `This log goes on from another one, which was not read: what lies before entry #${begunAt} is the network's word.`,
    );
  }
  const { outcome } = report.result;
  if (outcome === 'waiting' || outcome === 'incomplete' || outcome === 'overdue') {
    output.say(`  npx holdfast program check-result ${file} --fetch ${report.origin}   looks again`);
  }
}

function exitOf({ result, payment }: ResultReport): number {
  if (isFault(result) || payment?.isLess === true) return EXIT.no;
  return result.outcome === 'entitled' || result.outcome === 'refused' ? EXIT.yes : EXIT.unknown;
}
