import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS } from '../settings.ts';

type Options = { json?: boolean; data: string };

/** `holdfast divide FOLDER`: a data folder for each role of a network, so that each can run alone. */
export function divideCommand(): Command {
  return createCommand('divide', 'make a data folder for each role of a network, with its own keys only')
    .argument('<folder>', 'an empty folder for them')
    .option('--data <folder>', 'the data folder of the network', DEFAULTS.data)
    .action(run<Options>(divide));
}

async function divide(output: Output, { data }: Options, to: string): Promise<number> {
  const { divideFolder } = await import('@holdfast/server');
  const made = await divideFolder(data, to);
  output.data({ made });
  for (const { role, folder } of made) output.say(`  ${role.padEnd(16)} ${folder}`);
  output.say(`  Officers' keys that lie in ${data} stay there: they belong to people, and no role needs them.`);
  return EXIT.yes;
}
