import { CodedError, describeProgram, isJsonObject, type Rulebook, rulebookSchema } from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { readJsonObject } from '../json-file.ts';
import { createNetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { wordsOfProgram } from './check-words.ts';

type Options = { json?: boolean; rulebook?: string };

/** `holdfast program check FILE`: what a program means, before anybody approves it. Exit 1 for one that cannot be used. */
export function checkCommand(): Command {
  return createCommand('check', 'say what a program means: who gets what, the worst that can be lost, what can change')
    .argument('<file>', 'the program, JSON; - for standard input')
    .option('--rulebook <file-or-url>', 'the rules of its network: a file, or where the network answers')
    .action(run<Options>(check));
}

async function check(output: Output, { rulebook }: Options, file = ''): Promise<number> {
  const program = parseProgram(await readJsonObject(file));
  const description = describeProgram(program, rulebook === undefined ? undefined : await readRulebook(rulebook));
  output.data(description);
  for (const line of wordsOfProgram(description)) output.say(line);
  return EXIT.yes;
}

/** A rulebook as it stands in the log, or as `GET /rulebook` gives it. Throws `program.rulebook` for anything else. */
export async function readRulebook(source: string): Promise<Rulebook> {
  const isUrl = /^https?:\/\//.test(source);
  const read = isUrl ? await createNetworkClient({ url: source }).get('/rulebook') : await readJsonObject(source);
  const parsed = rulebookSchema.safeParse(isJsonObject(read.rulebook) ? read.rulebook : read);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
  throw new CodedError('program.rulebook', `This is no rulebook: ${what}`, { source });
}
