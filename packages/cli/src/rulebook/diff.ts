import { compareRulebooks } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS } from '../settings.ts';
import { changeLines } from './change-words.ts';
import { readRulebook } from './read-rulebook.ts';

/** `holdfast rulebook diff A B`: what gets looser and what tighter; exit 1 where anything differs. */
export function diffCommand(): Command {
  return createCommand('diff', 'say what changes from one rulebook to another: what gets looser and what tighter')
    .argument('<a>', 'a file, or where a network answers; alone: what would follow the rules of --url')
    .argument('[b]', 'the one that would follow')
    .option('--url <origin>', 'the network', DEFAULTS.url)
    .action(
      run<{ json?: boolean; url: string }>((output, { url }, a = '', b) =>
        diff(output, b === undefined ? [url, a] : [a, b]),
      ),
    );
}

async function diff(output: Output, [a, b]: readonly [string, string]): Promise<number> {
  const changes = compareRulebooks(await readRulebook(a), await readRulebook(b));
  output.data({ changes });
  for (const line of changeLines(changes)) output.say(line);
  return changes.length === 0 ? EXIT.yes : EXIT.no;
}
