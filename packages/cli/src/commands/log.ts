import { isCodedError } from '@holdfast/core';
import { type AuditReport, auditLog, readAudit } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { checkCommand, proofCommand } from '../log-proof.ts';
import { recoverCommand } from '../log-recover.ts';
import { openLogSource, parseLogSource, parseSeen } from '../log-source.ts';
import { createProgress, EXIT, formatTime, type Output, tellFailure } from '../output.ts';
import { DEFAULTS } from '../settings.ts';
import { checkFraudCommand } from './check-fraud.ts';

type Options = { json?: boolean; network?: string; seen?: string };

/** `holdfast log verify URL|DIR` audits a log from outside, believing nothing but its signed checkpoints; `log proof` and `log check` are about one entry. */
export function logCommand(): Command {
  const verify = createCommand('verify', 'check every entry, tile, signature and epoch of a log from outside')
    .argument('[source]', 'the origin of the network, or a folder with its checkpoint and tiles', parseLogSource)
    .option('--network <digest>', 'the name the network ought to have')
    .option('--seen <position>', 'how far somebody had read, as in the header Holdfast-Position: it must be in the log')
    .action(run<Options>(verifyLog));
  return createCommand('log', 'the log of a network')
    .addCommand(verify)
    .addCommand(recoverCommand())
    .addCommand(proofCommand())
    .addCommand(checkCommand())
    .addCommand(checkFraudCommand());
}

async function verifyLog(output: Output, options: Options, source = DEFAULTS.url): Promise<number> {
  const progress = createProgress('entries checked', output.json);
  try {
    const audit = auditLog(await openLogSource(source), {
      engine: createNodeEngine(),
      signal: new AbortController().signal,
      ...(options.network === undefined ? {} : { network: options.network }),
      ...parseSeen(options.seen),
    });
    const report = await readAudit(audit, ({ entries, size }) => progress.step(entries, size));
    progress.end();
    output.data(report);
    tellReport(output, report);
    return report.holds ? EXIT.yes : EXIT.no;
  } catch (error) {
    progress.end();
    if (!isCodedError(error) || error.code.startsWith('usage.')) throw error;
    // What cannot be read on is neither right nor wrong; where nobody answers at all, nothing was looked at.
    const code = tellFailure(error, output.json);
    return code === EXIT.unavailable ? code : EXIT.unknown;
  }
}

function tellReport(output: Output, report: AuditReport): void {
  if (report.firstFault === undefined) {
    output.say(`The log holds: ${report.entries} entries, ${report.epochs} epochs, network ${report.network}`);
    if (report.succeeds !== undefined) {
      const { log, size } = report.succeeds;
      output.say(`  NOT SEEN: the log ${log} up to #${size - 1}, which a quorum has this one go on from.`);
    }
    // The first entries of a log that goes on from another are its succession, whose quorum has been counted.
    if (report.unseen !== undefined && report.unseen.from > 0) {
      const { from, to } = report.unseen;
      output.say(
        `  NOT SEEN: entries #${from} to #${to - 1}, for which the log no longer answers. What they mean is the`,
      );
      output.say(`  network's word: it signed the state after them, and everything since carries that on.`);
    }
    if (report.head !== undefined) output.say(`  up to #${report.head.size - 1}, ${formatTime(report.head.time)}`);
    return;
  }
  const { index, type, why, detail, answers } = report.firstFault;
  const where = index === undefined ? ', beginning with its checkpoint' : ` from #${index} on`;
  output.say(`The log does NOT hold${where}${type === undefined ? '' : ` (${type})`}: ${why}. ${detail}`);
  output.say(`  To answer for it: ${answers}.`);
}
