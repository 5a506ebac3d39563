import type { Command } from 'commander';
import { createCommand } from '../command.ts';
import { checkCommand } from '../program/check.ts';

/** `holdfast program …`: each sub-command in a file of its own under `program/`. */
export function programCommand(): Command {
  return createCommand('program', 'programs that pay people').addCommand(checkCommand());
}
