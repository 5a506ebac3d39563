import { Command, CommanderError } from 'commander';
import { EXIT, endProcess, tellFailure } from './output.ts';

const program = new Command('holdfast')
  .description("Prove things and pay people, predictably, when conditions aren't.")
  .version('0.1.0')
  .showSuggestionAfterError()
  .exitOverride();

// Only what is asked for is loaded: verifying a file needs no server, and should not wait for one.
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  tour: async () => (await import('./commands/tour.ts')).tourCommand(),
  issue: async () => (await import('./commands/issue.ts')).issueCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  revoke: async () => (await import('./commands/decide.ts')).revokeCommand(),
  decide: async () => (await import('./commands/decide.ts')).decideCommand(),
  explain: async () => (await import('./commands/explain.ts')).explainCommand(),
  found: async () => (await import('./commands/found.ts')).foundCommand(),
  officer: async () => (await import('./commands/officer.ts')).officerCommand(),
  rulebook: async () => (await import('./commands/rulebook.ts')).rulebookCommand(),
  policy: async () => (await import('./commands/policy.ts')).policyCommand(),
  trust: async () => (await import('./commands/trust.ts')).trustCommand(),
  replay: async () => (await import('./commands/replay.ts')).replayCommand(),
  bundle: async () => (await import('./commands/bundle.ts')).bundleCommand(),
  case: async () => (await import('./commands/case.ts')).caseCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  powers: async () => (await import('./commands/powers.ts')).powersCommand(),
  log: async () => (await import('./commands/log.ts')).logCommand(),
  witness: async () => (await import('./commands/witness.ts')).witnessCommand(),
  merkle: async () => (await import('./commands/merkle.ts')).merkleCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  account: async () => (await import('./commands/account.ts')).accountCommand(),
  program: async () => (await import('./commands/program.ts')).programCommand(),
  rehearse: async () => (await import('./commands/rehearse.ts')).rehearseCommand(),
  bench: async () => (await import('./commands/bench.ts')).benchCommand(),
  webhooks: async () => (await import('./commands/webhooks.ts')).webhooksCommand(),
  handoffs: async () => (await import('./commands/handoffs.ts')).handoffsCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  erase: async () => (await import('./commands/erase.ts')).eraseCommand(),
  divide: async () => (await import('./commands/divide.ts')).divideCommand(),
  keys: async () => (await import('./commands/keys.ts')).keysCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  trace: async () => (await import('./commands/trace.ts')).traceCommand(),
  top: async () => (await import('./commands/top.ts')).topCommand(),
};

const asked = process.argv[2] ?? '';
const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
for (const name of names) {
  const create = COMMANDS[name];
  if (create !== undefined) program.addCommand(await create());
}

// A promise that nobody waits for is a fault of ours: told in a sentence, and never passed over.
process.on('unhandledRejection', (error) => {
  endProcess(tellFailure(error, process.argv.includes('--json')));
});
// Whoever reads our output may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.yes);
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what it had to say: its help, or what was asked wrongly.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.yes : EXIT.usage;
  else process.exitCode = tellFailure(error, process.argv.includes('--json'));
}
