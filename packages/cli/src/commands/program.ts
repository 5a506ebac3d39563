import type { Command } from 'commander';
import { createCommand } from '../command.ts';

/** Each sub-command in a file of its own under `program/`, in the order of a program's life. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('../program/check.ts')).checkCommand(),
  key: async () => (await import('../program/key.ts')).keyCommand(),
  secrets: async () => (await import('../program/secrets.ts')).secretsCommand(),
  publish: async () => (await import('../program/publish.ts')).publishCommand(),
  show: async () => (await import('../program/show.ts')).showCommand(),
  diff: async () => (await import('../program/diff.ts')).diffCommand(),
  revise: async () => (await import('../program/revise.ts')).reviseCommand(),
  open: async () => (await import('../program/await.ts')).awaitCommand('open'),
  apply: async () => (await import('../program/apply.ts')).applyCommand(),
  seal: async () => (await import('../program/await.ts')).awaitCommand('seal'),
  reveal: async () => (await import('../program/reveal.ts')).revealCommand(),
  draw: async () => (await import('../program/await.ts')).awaitCommand('draw'),
  settle: async () => (await import('../program/settle.ts')).settleCommand(),
  'check-result': async () => (await import('../program/check-result.ts')).checkResultCommand(),
};

/** `holdfast program …`. Only what is asked for is loaded: the language of rules alone is a third of all of it. */
export async function programCommand(asked = process.argv[3] ?? ''): Promise<Command> {
  const program = createCommand('program', 'programs that pay people');
  const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  for (const name of names) {
    const create = COMMANDS[name];
    if (create !== undefined) program.addCommand(await create());
  }
  return program;
}
