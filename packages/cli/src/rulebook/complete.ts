import { compareRulebooks, withAdditions } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS } from '../settings.ts';
import { readRulebook } from './read-rulebook.ts';

/** `holdfast rulebook complete FILE|URL`: it with what is newer than it, printed; exit 1 where it lacks nothing. */
export function completeCommand(): Command {
  return createCommand('complete', 'print a rulebook with what is newer than it, for `decide amend`')
    .argument('[source]', 'a file, or where a network answers; - for standard input', DEFAULTS.url)
    .action(run<{ json?: boolean }>((output, _options, source = DEFAULTS.url) => complete(output, source)));
}

async function complete(output: Output, source: string): Promise<number> {
  const rulebook = await readRulebook(source);
  const whole = withAdditions(rulebook);
  output.data(whole);
  output.say(JSON.stringify(whole, null, 2));
  return compareRulebooks(rulebook, whole).length === 0 ? EXIT.no : EXIT.yes;
}
