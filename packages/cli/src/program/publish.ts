import { describeProgram, type Program, programDigest } from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { openOfficer, tellProposal } from '../commands/decide.ts';
import { readJsonObject } from '../json-file.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { joinOrPropose } from '../officer-desk.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin, placeFlags } from '../settings.ts';
import { readRulebook } from './check.ts';
import { wordsOfProgram } from './check-words.ts';
import { eventually } from './eventually.ts';
import { fetchProgram } from './view.ts';
import { dateOf } from './words.ts';

type Options = { json?: boolean; url: string; data: string; as: string; class: string };

/** `holdfast program publish FILE --as OFFICER`: one officer's signature under exactly these rules. */
export function publishCommand(): Command {
  return createCommand('publish', 'show what a program means, and release it as one officer')
    .argument('<file>', 'the program, JSON; - for standard input')
    .requiredOption('--as <officer>', 'who signs; the key lies in the data folder of this machine')
    .option('--class <class>', 'the public class of reason', 'program-approved')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where the keys lie', DEFAULTS.data)
    .action(run<Options>(publish));
}

async function publish(output: Output, options: Options, file = ''): Promise<number> {
  const { url, data } = options;
  const program = parseProgram(await readJsonObject(file));
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const { signer } = await openOfficer(data, options.as);
  const description = describeProgram(program, await readRulebook(url));
  for (const line of wordsOfProgram(description)) output.say(line);
  output.say();
  const { network } = await client.get('/rulebook');
  const expected = {
    genesis: String(network),
    power: 'release' as const,
    targets: [{ program: programDigest(program) }],
  };
  const request = { power: 'release', class: options.class, program };
  const proposal = await joinOrPropose(client, expected, request, { signer, name: 'approval' });
  output.data({ ...proposal.json, program: program.id, programDigest: programDigest(program) });
  const exit = tellProposal(output, proposal, {
    power: 'release',
    label: program.id,
    officer: options.as,
    place: options,
    again: `program publish ${file}`,
  });
  if (exit === EXIT.yes) await tellOpen(output, client, program, options);
  return exit;
}

/** The distributor reads the log like everybody, and knows of the program an epoch later. */
async function tellOpen(output: Output, client: NetworkClient, { id, window }: Program, place: Options): Promise<void> {
  await eventually(() => fetchProgram(client, id), 'program.unknown');
  output.say(`From ${dateOf(window.opensAt)} on, people apply at ${client.url}/programs/${id}`);
  output.say(`  npx holdfast program show ${id}${placeFlags({ url: place.url, data: DEFAULTS.data })}`);
}
