import { describeRulebook } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { readWithOfficers } from './read-rulebook.ts';

type Options = { json?: boolean; officers?: string };

/** `holdfast rulebook show FILE|URL`: a rulebook in words, part by part. */
export function showCommand(): Command {
  return createCommand('show', 'say what a rulebook means: who may do what, what silence means, how long it takes')
    .argument('[source]', 'a file, or where a network answers; - for standard input', DEFAULTS.url)
    .option('--officers <origin>', 'the network whose officers it is meant for', parseOrigin)
    .action(run<Options>((output, { officers }, source = DEFAULTS.url) => show(output, source, officers)));
}

async function show(output: Output, source: string, officers?: string): Promise<number> {
  const rulebook = await readWithOfficers(source, officers);
  const parts = describeRulebook(rulebook);
  output.data({ title: rulebook.title, parts });
  output.say(rulebook.title);
  for (const { title, lines } of parts) {
    output.say();
    output.say(title);
    for (const line of lines) output.say(`  ${line}`);
  }
  return EXIT.yes;
}
