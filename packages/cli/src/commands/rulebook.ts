import type { Command } from 'commander';
import { createCommand } from '../command.ts';
import { checkCommand } from '../rulebook/check.ts';
import { completeCommand } from '../rulebook/complete.ts';
import { diffCommand } from '../rulebook/diff.ts';
import { newCommand } from '../rulebook/new.ts';
import { showCommand } from '../rulebook/show.ts';

/** `holdfast rulebook …`: each sub-command in a file of its own under `rulebook/`. */
export function rulebookCommand(): Command {
  const rulebook = createCommand('rulebook', 'the rules of a network: begin, read, check and compare them');
  for (const command of [newCommand(), showCommand(), checkCommand(), diffCommand(), completeCommand()])
    rulebook.addCommand(command);
  return rulebook;
}
