import type { Command } from 'commander';
import { type MakeOptions, make } from '../bundle/make.ts';
import { openBundleFile } from '../bundle/open.ts';
import { bundleLines, describeBundle } from '../bundle/words.ts';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type ShowOptions = { json?: boolean; network?: string };

/** `holdfast bundle make|show`: a network in a file, for verifying where there is none. */
export function bundleCommand(): Command {
  const makeCommand = createCommand('make', 'write what verifying needs of a network, proved, into a file')
    .requiredOption('-o, --out <file>', 'the file to write')
    .option('--for <credential>', 'only the list of this credential, and what its issuer publishes elsewhere')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--network <digest>', 'the name the network ought to have')
    .option('--trust <file-or-url>', 'the policy it is judged by: as for verify')
    .action(run<MakeOptions>(make));
  const showCommand = createCommand('show', 'check a bundle, and say what is in it and until when it is of use')
    .argument('<file>', 'a bundle')
    .option('--network <digest>', 'the name its network ought to have')
    .action(run<ShowOptions>(show));
  return createCommand('bundle', 'verify where there is no network').addCommand(makeCommand).addCommand(showCommand);
}

async function show(output: Output, { network }: ShowOptions, file = ''): Promise<number> {
  const { offline, characters } = await openBundleFile(file, network === undefined ? {} : { network });
  const described = describeBundle(offline, characters, Date.now());
  output.data(described);
  output.say('Every part follows from the signed log.');
  for (const line of bundleLines(described)) output.say(line);
  const isOfUse = described.until.view.stale > Date.now();
  if (!isOfUse) output.say('  Too old for any answer but "unknown": make a new one.');
  return isOfUse ? EXIT.yes : EXIT.unknown;
}
