import type { Command } from 'commander';
import { createCommand } from '../command.ts';
import { parseProxies } from '../organisation.ts';
import { createOutput, EXIT, endProcess, tellFailure } from '../output.ts';
import { parseOrigin, parsePort } from '../settings.ts';
import { untilStopped } from '../until-stopped.ts';

type Options = {
  json?: boolean;
  port: number;
  data: string;
  name?: string;
  log?: string[];
  network?: string[];
  proxy?: string[];
  verbose?: boolean;
};

const DEFAULT_PORT = 4610;

/** `holdfast witness`: confirms that a log only grows; runs until it is told to stop. */
export function witnessCommand(): Command {
  const many = (value: string, before: string[] = []) => [...before, value];
  return createCommand('witness', 'confirm for others that a log only grows, as a witness (C2SP tlog-witness)')
    .option('--port <port>', 'where to listen on this machine; 0 for any free port', parsePort, DEFAULT_PORT)
    .option('--data <folder>', 'its key, and what it has cosigned', '.holdfast-witness')
    .option('--name <name>', 'its name in cosignatures, such as witness.example/w1; kept from the first start')
    .option('--log <vkey>', 'a log to look at, by its key; may be repeated', many)
    .option(
      '--network <url>',
      'a network whose log to look at: its key is read once, and kept',
      (value, before: string[] = []) => [...before, parseOrigin(value)],
    )
    .option(
      '--proxy <addresses...>',
      'proxies in front, whose X-Forwarded-For is believed: addresses or networks, such as 10.0.0.0/8',
      process.env.HOLDFAST_PROXY?.split(/\s+/).filter((address) => address !== '') ?? [],
    )
    .option('--verbose', 'log what happens, as JSON lines on standard error')
    .action(async (_options, command: Command) => witness(command.optsWithGlobals<Options>()));
}

async function witness(options: Options): Promise<void> {
  const output = createOutput(options.json === true);
  try {
    const { createLogger, startWitness } = await import('@holdfast/server/witness');
    const running = await startWitness({
      port: options.port,
      dataFolder: options.data,
      ...(options.name === undefined ? {} : { name: options.name }),
      logs: options.log ?? [],
      networks: options.network ?? [],
      proxies: parseProxies(options.proxy),
      logger: createLogger(options.verbose === true ? 'info' : 'warn'),
      report: (words) => output.say(`  ${words}`),
    });
    output.data({ ready: true, url: running.url, vkey: running.vkey });
    output.say(`  Ready: ${running.url}`);
    output.say(`  ${running.vkey}`);
    output.say('  A new network names it with the first of these, officers of one that is there with the second:');
    output.say(`    npx holdfast up --sample --witness "${running.vkey} ${running.url}"`);
    output.say(`    npx holdfast decide name-witnesses --witness "${running.vkey} ${running.url}" --as officer-a`);
    await untilStopped(false);
    output.say('Stopping...');
    await running[Symbol.asyncDispose]();
    endProcess(EXIT.yes);
  } catch (error) {
    endProcess(tellFailure(error, output.json));
  }
}
