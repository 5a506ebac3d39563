import { Command } from 'commander';
import { benchCommand } from './commands/bench.ts';
import { decideCommand, revokeCommand } from './commands/decide.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { issueCommand } from './commands/issue.ts';
import { logCommand } from './commands/log.ts';
import { rehearseCommand } from './commands/rehearse.ts';
import { replayCommand } from './commands/replay.ts';
import { tourCommand } from './commands/tour.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT, tellFailure } from './output.ts';

const program = new Command('holdfast')
  .description("Prove things and pay people, predictably, when conditions aren't.")
  .version('0.1.0')
  .showSuggestionAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.yes : EXIT.usage);
  });

for (const create of [
  upCommand,
  tourCommand,
  issueCommand,
  verifyCommand,
  revokeCommand,
  decideCommand,
  explainCommand,
  replayCommand,
  logCommand,
  rehearseCommand,
  benchCommand,
  doctorCommand,
]) {
  program.addCommand(create());
}

// A promise that nobody waits for is a fault of ours: told in a sentence, and never passed over.
process.on('unhandledRejection', (error) => {
  process.exit(tellFailure(error, process.argv.includes('--json')));
});
// Whoever reads our output may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.yes);
});

await program.parseAsync();
