import type { Command } from 'commander';
import { createCommand } from '../command.ts';
import { applyCommand } from '../program/apply.ts';
import { awaitCommand } from '../program/await.ts';
import { checkCommand } from '../program/check.ts';
import { checkResultCommand } from '../program/check-result.ts';
import { diffCommand } from '../program/diff.ts';
import { keyCommand } from '../program/key.ts';
import { publishCommand } from '../program/publish.ts';
import { revealCommand } from '../program/reveal.ts';
import { reviseCommand } from '../program/revise.ts';
import { secretsCommand } from '../program/secrets.ts';
import { settleCommand } from '../program/settle.ts';
import { showCommand } from '../program/show.ts';

/** `holdfast program …`: each sub-command in a file of its own under `program/`, in the order of a program's life. */
export function programCommand(): Command {
  const program = createCommand('program', 'programs that pay people');
  const commands = [
    ...[
      checkCommand(),
      keyCommand(),
      secretsCommand(),
      publishCommand(),
      showCommand(),
      diffCommand(),
      reviseCommand(),
      awaitCommand('open'),
      applyCommand(),
    ],
    ...[awaitCommand('seal'), revealCommand(), awaitCommand('draw'), settleCommand(), checkResultCommand()],
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}
