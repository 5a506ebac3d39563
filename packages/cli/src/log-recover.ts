import type { Command } from 'commander';
import { createCommand, run } from './command.ts';
import { openLogSource, parseLogSource } from './log-source.ts';
import { createProgress, EXIT, type Output } from './output.ts';
import { DEFAULTS, parseCount } from './settings.ts';

type Options = { json?: boolean; from: string; former?: number; data: string; database?: string; verbose?: boolean };

/** `holdfast log recover --from COPY`: what the log had published after the backup it was restored from. */
export function recoverCommand(): Command {
  return createCommand('recover', 'append again what a copy proves that this log had published; the network is stopped')
    .requiredOption(
      '--from <copy>',
      'a mirror’s origin, a folder with checkpoint and tiles, or postgres://…?schema=verifier_south of a follower',
    )
    .option(
      '--former <count>',
      'a log that the network had before its present one, by how many came before that: 0 for its first',
      parseCount,
    )
    .option('--data <folder>', 'the data folder of the network', DEFAULTS.data)
    .option('--database <url>', 'the restored PostgreSQL, instead of the embedded one', process.env.HOLDFAST_DATABASE)
    .option('--verbose', 'log what happens, as JSON lines on standard error')
    .action(run<Options>(recover));
}

async function recover(output: Output, options: Options): Promise<number> {
  const { createLogger, recoverNetwork } = await import('@holdfast/server');
  const progress = createProgress('entries recovered', output.json);
  try {
    const recovered = await recoverNetwork({
      dataFolder: options.data,
      ...(options.former === undefined ? {} : { former: options.former }),
      ...(options.database === undefined ? {} : { databaseUrl: options.database }),
      source: await openLogSource(parseLogSource(options.from)),
      logger: createLogger(options.verbose === true ? 'info' : 'warn'),
      report: (words) => output.say(`  ${words}...`),
      progress: (size, of) => progress.step(size, of),
    });
    progress.end();
    const { from, size, shown, listsFilled } = recovered;
    // Of a log that has been succeeded more may have been shown than counts.
    const isWhole = options.former !== undefined || size >= shown;
    output.data({ ...recovered, isWhole });
    output.say(
      size === from ? `Nothing to append: the log has ${size} entries.` : `Appended #${from} to #${size - 1}.`,
    );
    if (listsFilled > 0)
      output.say(`  ${listsFilled} status lists of the issuer count as full: places given out since are forgotten.`);
    if (options.former !== undefined) output.say('  Start the network: it serves this to who has to read more of it.');
    else if (isWhole) output.say('  The log has everything that it has shown: start the network.');
    else output.say(`  It has shown #${shown - 1}. Find a longer copy; if there is none: holdfast decide succeed.`);
    return isWhole ? EXIT.yes : EXIT.no;
  } catch (error) {
    progress.end();
    throw error;
  }
}
