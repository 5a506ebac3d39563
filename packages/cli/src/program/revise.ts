import {
  CodedError,
  compareProgramVersions,
  findNever,
  isJsonObject,
  programDigest,
  revisionReach,
} from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { openOfficer, tellProposal } from '../commands/decide.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { joinOrPropose, type Proposal } from '../officer-desk.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseMoment, parseOrigin } from '../settings.ts';
import { readProgramFile, wordsOfDifference } from './diff.ts';
import { linesOfReach } from './version-words.ts';
import { fetchProgram, type ProgramView } from './view.ts';
import { asLine, dateOf } from './words.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  as: string;
  class: string;
  reason?: string;
  at?: number;
  look?: boolean;
};

/** `holdfast program revise FILE --as OFFICER`: one officer's signature under the next version of a program. */
export function reviseCommand(): Command {
  return createCommand('revise', 'say what the next version of a program changes, and announce it as one officer')
    .argument('<file>', 'the next version, JSON, under the same id; - for standard input')
    .requiredOption('--as <officer>', 'who signs; the key lies in the data folder of this machine')
    .option('--at <time>', 'when it comes into force; default as soon as its notice is over', parseMoment)
    .option('--look', 'say what would change, and sign nothing')
    .option('--class <class>', 'the public class of reason', 'program-revised')
    .option('--reason <words>', 'private words, for officers')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where the keys lie', DEFAULTS.data)
    .action(run<Options>(revise));
}

async function revise(output: Output, options: Options, file = ''): Promise<number> {
  const { url, data, at } = options;
  const program = await readProgramFile(file);
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const view = await fetchProgram(client, program.id);
  assertInForce(view);
  const changes = compareProgramVersions(view.program, program, { effectiveAt: at ?? Date.now() });
  const reach = reachOf(view, program);
  const digest = programDigest(program);
  for (const line of wordsOfDifference({ changes })) output.say(line);
  for (const line of linesOfReach(program, reach)) output.say(asLine(line));
  const seen = { program: program.id, replaces: view.digest, programDigest: digest, changes, reach };
  if (options.look === true) {
    output.data(seen);
    return findNever(changes) === undefined ? EXIT.yes : EXIT.no;
  }
  const { signer } = await openOfficer(data, options.as);
  const { network } = await client.get('/rulebook');
  const words = options.reason === undefined ? {} : { reason: options.reason };
  const when = at === undefined ? {} : { effectiveAt: at };
  const request = { power: 'revise', class: options.class, program, replaces: view.digest, ...words, ...when };
  const targets = [{ program: digest }];
  const expected = { genesis: String(network), power: 'revise' as const, targets, replaces: view.digest };
  const proposal = await joinOrPropose(client, expected, request, { signer, name: 'approval' });
  output.data({ ...proposal.json, ...seen });
  const again = `program revise ${file}`;
  const told = { power: 'revise' as const, label: program.id, officer: options.as, place: options, again };
  const exit = tellProposal(output, proposal, told);
  tellWhen(output, proposal);
  return exit;
}

/** What is compared with is what is signed: the digest is that of the rules that were shown. */
function assertInForce({ program, digest }: ProgramView): void {
  if (programDigest(program) === digest) return;
  throw new CodedError('network.answer', 'The network answered with other rules than it says are in force.');
}

function reachOf({ program, applications, payments }: ProgramView, next: ProgramView['program']) {
  const spoken = [...payments].filter(([state]) => state !== 'voided');
  const spokenFor = spoken.reduce((sum, [, { total }]) => sum + total, 0n);
  return revisionReach(program, next, { applied: applications.all, spokenFor });
}

function tellWhen(output: Output, { json, state }: Proposal): void {
  const parameters = isJsonObject(json.terms) && isJsonObject(json.terms.parameters) ? json.terms.parameters : {};
  if (typeof parameters.effectiveAt !== 'number') return;
  const verb = state === 'carried-out' ? 'comes' : 'would come';
  output.say(
    `  It ${verb} into force on ${dateOf(parameters.effectiveAt)}; until then whoever may cancel takes it back.`,
  );
}
