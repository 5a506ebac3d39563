import { describeRulebook } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS } from '../settings.ts';
import { readWithOfficers } from './read-rulebook.ts';

/** `holdfast rulebook show FILE|URL`: a rulebook in words, part by part. */
export function showCommand(): Command {
  return createCommand('show', 'say what a rulebook means: who may do what, what silence means, how long it takes')
    .argument('[source]', 'a file, or where a network answers; - for standard input', DEFAULTS.url)
    .action(run<{ json?: boolean }>((output, _, source = DEFAULTS.url) => show(output, source)));
}

async function show(output: Output, source: string): Promise<number> {
  const rulebook = await readWithOfficers(source);
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
