import { createAuditor, createNetworkState, isCodedError } from '@holdfast/core';
import { auditLog, readAudit } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { tellAudit } from '../audit/audit-words.ts';
import { auditBooks } from '../audit/books.ts';
import { readOpenings } from '../audit/openings-file.ts';
import { auditReceipts } from '../audit/receipts-file.ts';
import { createCommand, run } from '../command.ts';
import { openLogSource, parseLogSource, parseSeen } from '../log-source.ts';
import { createProgress, EXIT, type Output, tellFailure } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = {
  json?: boolean;
  network?: string;
  seen?: string;
  openings?: string;
  receipts?: string;
  books: boolean;
  data: string;
};

/** `holdfast audit [URL|DIR]` replays a log from outside and asks of every entry whether somebody might do that. */
export function auditCommand(): Command {
  return createCommand('audit', 'replay a log: was every power used by those who held it, as the rules allowed?')
    .argument('[source]', 'the origin of the network, or a folder with its checkpoint and tiles', parseLogSource)
    .option(
      '--openings <file>',
      'what decisions were about, one JSON object a line: targets, reasons and evidence are compared',
    )
    .option('--receipts <file>', 'what the ledger has signed about payments, one JSON object a line')
    .option('--network <digest>', 'the name the network ought to have')
    .option('--seen <position>', 'how far somebody had read, as in the header Holdfast-Position: it must be in the log')
    .option('--books', 'instead: do all accounts of its ledger add up to nothing?', false)
    .option('--data <folder>', 'with --books: where the key of an operator lies', DEFAULTS.data)
    .action(run<Options>(audit));
}

async function audit(output: Output, options: Options, source = DEFAULTS.url): Promise<number> {
  if (options.books) return auditBooks(output, parseOrigin(source), options.data);
  const openings = options.openings === undefined ? undefined : await readOpenings(options.openings);
  const auditor = createAuditor({ openingsOf: (digest) => openings?.get(digest) });
  const progress = createProgress('entries audited', output.json);
  try {
    const reading = auditLog(await openLogSource(source), {
      engine: createNodeEngine(),
      signal: new AbortController().signal,
      auditor,
      ...(options.network === undefined ? {} : { network: options.network }),
      ...parseSeen(options.seen),
    });
    const log = await readAudit(reading, ({ entries, size }) => progress.step(entries, size));
    progress.end();
    const { receipts: file } = options;
    const receipts =
      file === undefined ? undefined : await auditReceipts(file, auditor.state() ?? createNetworkState());
    const found = auditor.report();
    const isSo = log.holds && found.counts.broken === 0 && (receipts?.faults ?? 0) === 0;
    output.data({ holds: isSo, log, ...found, ...(receipts === undefined ? {} : { receipts }) });
    tellAudit(output, log, found, receipts);
    return isSo ? EXIT.yes : EXIT.no;
  } catch (error) {
    progress.end();
    if (!isCodedError(error) || error.code.startsWith('usage.')) throw error;
    const code = tellFailure(error, output.json);
    return code === EXIT.unavailable ? code : EXIT.unknown;
  }
}
