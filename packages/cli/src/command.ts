import { Command } from 'commander';
import { createOutput, type Output, tellFailure } from './output.ts';

/** A command that prints people's words or data, and ends with an exit code. */
export type Work<Options> = (output: Output, options: Options, ...args: string[]) => Promise<number>;

/** Runs the work of a command: one place for --json, failures in a sentence, and the exit code. */
export function run<Options extends { json?: boolean }>(work: Work<Options>): (...args: unknown[]) => Promise<void> {
  return async (...args: unknown[]) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<Options>();
    const texts = command.args;
    try {
      process.exitCode = await work(createOutput(options.json === true), options, ...texts);
    } catch (error) {
      process.exitCode = tellFailure(error, options.json === true);
    }
  };
}

/** A command that has --json, as all of them do. What it was asked wrongly is thrown, for `main` to end with. */
export function createCommand(name: string, description: string): Command {
  return new Command(name).description(description).option('--json', 'print data instead of words').exitOverride();
}
