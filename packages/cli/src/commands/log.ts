import { createHttpNetwork } from '@holdfast/server/client';
import { auditLog, createPlatformClock, readAudit } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, formatTime, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; network?: string };

/** `holdfast log verify URL`: audits a log from outside, believing nothing but its signed checkpoints. */
export function logCommand(): Command {
  const verify = createCommand('verify', 'check every entry, tile, signature and epoch of a log from outside')
    .argument('[url]', 'the origin of the network', parseOrigin, DEFAULTS.url)
    .option('--network <digest>', 'the name the network ought to have')
    .action(run<Options>(verifyLog));
  return createCommand('log', 'the log of a network').addCommand(verify);
}

async function verifyLog(output: Output, { network }: Options, url = DEFAULTS.url): Promise<number> {
  const progress = createProgress('entries checked', output.json);
  const audit = auditLog(createHttpNetwork({ url, clock: createPlatformClock() }), {
    engine: createNodeEngine(),
    signal: new AbortController().signal,
    ...(network === undefined ? {} : { network }),
  });
  const report = await readAudit(audit, ({ entries, size }) => progress.step(entries, size));
  progress.end();
  output.data(report);
  if (report.holds) {
    output.say(`The log holds: ${report.entries} entries, ${report.epochs} epochs, network ${report.network}`);
    if (report.head !== undefined) output.say(`  up to #${report.head.size - 1}, ${formatTime(report.head.time)}`);
  } else {
    const { index, why, detail } = report.firstFault ?? { index: undefined, why: 'checkpoint', detail: '' };
    output.say(`The log does NOT hold${index === undefined ? '' : ` at entry #${index}`}: ${why}. ${detail}`);
  }
  return report.holds ? EXIT.yes : EXIT.no;
}
