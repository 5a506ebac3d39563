import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpNetwork, type ExportReport, exportFeed } from '@holdfast/server/client';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseDuration, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; network?: string; every?: number };

/** `holdfast export feed DIR`: the feed as a folder of files that any web server can serve. */
export function exportCommand(): Command {
  const feed = createCommand('feed', 'write the feed of a network as files that a web server or a CDN can serve')
    .argument('<folder>', 'where to; goes on where an earlier export ended')
    .option('--url <url>', 'the origin of the network', parseOrigin, DEFAULTS.url)
    .option('--network <digest>', 'the name the network ought to have; default the one that the folder was begun with')
    .option('--every <duration>', 'go on until stopped, this long after each time, such as 5s', parseDuration)
    .action(run<Options>(exportToFolder));
  return createCommand('export', 'take things out of a network').addCommand(feed);
}

async function exportToFolder(output: Output, options: Options, folder = ''): Promise<number> {
  const { url, network, every } = options;
  const progress = createProgress('entries written', output.json);
  const source = createHttpNetwork({ url, clock: createPlatformClock() });
  for (;;) {
    const report = await exportFeed({
      source,
      folder,
      engine: createNodeEngine(),
      signal: new AbortController().signal,
      onProgress: (entries, size) => progress.step(entries, size),
      ...(network === undefined ? {} : { network }),
    });
    progress.end();
    tell(output, report);
    if (every === undefined) return EXIT.yes;
    await sleep(every);
  }
}

function tell(output: Output, report: ExportReport): void {
  const { from, size, snapshot } = report;
  output.data(report);
  output.say(`${size} entries are in the folder, ${size - from} of them new.`);
  if (from === 0) output.say(`The network is ${report.network}: whoever follows the copy pins this name.`);
  if (snapshot !== undefined) output.say(`The latest snapshot is at ${snapshot} entries.`);
}
