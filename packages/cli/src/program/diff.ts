import { existsSync } from 'node:fs';
import {
  compareProgramVersions,
  effectOfChanges,
  findNever,
  type Program,
  type ProgramChange,
  programDigest,
  programIdSchema,
  revisionReach,
} from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { readJsonObject } from '../json-file.ts';
import { createNetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseMoment, parseOrigin } from '../settings.ts';
import { EFFECT_WORDS, linesOfChanges, linesOfReach } from './version-words.ts';
import { fetchProgram } from './view.ts';
import { asLine } from './words.ts';

type Options = { json?: boolean; url: string; at?: number };

/** `holdfast program diff A B`: what changes between two versions, and for whom. Exit 1 where nobody can make the change. */
export function diffCommand(): Command {
  return createCommand('diff', 'what changes between two versions of a program: better, worse, never; for how many')
    .argument('<before>', 'the version there is: a file, or the name of a program of the network')
    .argument('<after>', 'the version there would be: a file, or - for standard input')
    .option('--at <time>', 'when it would come into force; default now', parseMoment)
    .option('--url <origin>', 'the network, where a program is named', parseOrigin, DEFAULTS.url)
    .action(run<Options>(diff));
}

async function diff(output: Output, { url, at }: Options, from = '', to = ''): Promise<number> {
  const before = await readVersion(from, url);
  const after = await readProgramFile(to);
  const changes = compareProgramVersions(before, after, { effectiveAt: at ?? Date.now() });
  return tellChanges(output, { before, after, changes });
}

export async function readProgramFile(file: string): Promise<Program> {
  return parseProgram(await readJsonObject(file));
}

async function readVersion(named: string, url: string): Promise<Program> {
  const isName = programIdSchema.safeParse(named).success && !existsSync(named);
  return isName ? (await fetchProgram(createNetworkClient({ url }), named)).program : readProgramFile(named);
}

type Difference = { readonly before: Program; readonly after: Program; readonly changes: readonly ProgramChange[] };

function tellChanges(output: Output, difference: Difference): number {
  const { before, after, changes } = difference;
  const reach = revisionReach(before, after);
  const effect = effectOfChanges(changes);
  const digests = { before: programDigest(before), after: programDigest(after) };
  output.data({ ...digests, effect, mayBe: findNever(changes) === undefined, changes, reach });
  if (changes.length === 0) {
    output.say('Nothing changes.');
    return EXIT.yes;
  }
  for (const line of wordsOfDifference(difference)) output.say(line);
  for (const line of linesOfReach(after, reach)) output.say(asLine(line));
  return findNever(changes) === undefined ? EXIT.yes : EXIT.no;
}

/** What changes, in a line each, and what it comes to. */
export function wordsOfDifference({ changes }: Pick<Difference, 'changes'>): string[] {
  const never = changes.filter((change) => change.never !== undefined).length;
  const sum =
    never === 0
      ? `${EFFECT_WORDS[effectOfChanges(changes)]}.`
      : `nobody can make ${never === 1 ? 'one' : never} of these changes.`;
  return [...linesOfChanges(changes).map(asLine), `Together ${sum}`];
}
