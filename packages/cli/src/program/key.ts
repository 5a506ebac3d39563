import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string };

/** `holdfast program key`: has the distributor make the key under which one program counts its people. */
export function keyCommand(): Command {
  return createCommand('key', 'make the key under which a new program counts people, and print its digest')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(makeKey));
}

async function makeKey(output: Output, { url, data }: Options): Promise<number> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const key = String((await client.post('/programs/keys', {})).key);
  output.data({ key });
  // Alone on its line, so that a shell can put it into a file.
  output.say(key);
  if (!output.json && process.stdout.isTTY) {
    output.say(
      'Goes into "uniqueness": {"key": ...} of one program. The key itself stays with the distributor, and is',
    );
    output.say('destroyed when the program ends.');
  }
  return EXIT.yes;
}
