import { CodedError } from '@holdfast/core';
import {
  CASES,
  encodeLawDocument,
  encodeOutageDocument,
  killMutants,
  LONG_CASES,
  type LoadReport,
  type MutantResult,
  type RehearsalReport,
  readLaws,
  rehearseOutages,
} from '@holdfast/rehearsal';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { exitOf, REHEARSED, type Rehearsed, type Reported, rehearseAll, tellLaws } from '../rehearsing.ts';
import { tellScenario } from '../scenario/rehearse-scenario.ts';
import { parseCount } from '../settings.ts';

type Options = {
  json?: boolean;
  seed: number;
  events: number;
  minutes: number;
  mode: string;
  mutants?: boolean;
  witnesses?: boolean;
  outages?: boolean;
  laws?: boolean;
  seeds?: string;
  plot?: string;
};

/**
 * `holdfast rehearse SCENARIO --seed N`: what would have happened to a program. Without a scenario a network under faults, the same
 * for the same seed; and the bank of wrong versions.
 */
export function rehearseCommand(): Command {
  return createCommand('rehearse', 'rehearse a network under faults, the same for the same seed')
    .argument(
      '[scenario]',
      'what goes wrong with a program, YAML or JSON: what would have happened, in money and people',
    )
    .option('--seed <number>', 'all randomness comes from it', parseCount, 1)
    .option('--mode <mode>', `${REHEARSED.join(', ')} or all; only all has to come to every law`, 'all')
    .option('--events <count>', 'core: how many events', parseCount, 100_000)
    .option('--minutes <count>', 'roles: how many virtual minutes', parseCount, 20)
    .option('--witnesses', 'roles: the rulebook names three witnesses, of whom one lies and one is late')
    .option('--mutants', 'also prove that each wrong version is found')
    .option('--outages', 'take away one part after the other, and write down what happens (docs/reference/outages.md)')
    .option('--laws', 'write down which laws are watched, by whom, and what proves it (docs/reference/laws.md)')
    .option('--seeds <range>', 'scenario: several of them, like 1-20, for ranges')
    .option('--plot <file>', 'scenario: also a picture (SVG) of who has their money, over time')
    .action(run<Options>(rehearse));
}

async function rehearse(output: Output, options: Options, scenario?: string): Promise<number> {
  if (scenario !== undefined) return tellScenario(output, scenario, options);
  if (options.laws === true) return writeLaws(output);
  if (options.outages === true) return rehearseAbsences(output, options.seed);
  const { seed, events, minutes, mode, mutants, witnesses = false } = options;
  const progress = createProgress('rehearsing', output.json);
  const rehearsing = { seed, events, minutes, isWitnessed: witnesses, step: progress.step };
  const reports = await rehearseAll(modesOf(mode), rehearsing);
  progress.end();
  const killed = mutants === true ? await killMutants(seed, progress.step) : [];
  progress.end();
  const laws = readLaws(reports);
  output.data({ seed, reports, laws, ...(mutants === true ? { mutants: killed } : {}) });
  for (const report of reports) tell(output, report);
  tellLaws(output, laws);
  for (const { name, killedBy } of killed) output.say(`mutant ${name}: ${killedBy ?? 'SURVIVED'}`);
  return exitOf(isHeld(reports, killed), { isWhole: mode === 'all', laws });
}

function modesOf(mode: string): readonly Rehearsed[] {
  if (mode === 'all') return REHEARSED;
  const chosen = REHEARSED.filter((one) => one === mode);
  if (chosen.length === 0) throw new CodedError('usage.mode', `The mode is ${REHEARSED.join(', ')} or all.`);
  return chosen;
}

function isHeld(reports: readonly Reported[], killed: readonly MutantResult[]): boolean {
  return reports.every(({ broken }) => broken.length === 0) && killed.every(({ killedBy }) => killedBy !== null);
}

function writeLaws(output: Output): number {
  const page = encodeLawDocument();
  output.data({ page });
  output.say(page.trimEnd());
  return EXIT.yes;
}

async function rehearseAbsences(output: Output, seed: number): Promise<number> {
  const progress = createProgress('taking parts away', output.json);
  const outages = await rehearseOutages(seed, [...CASES, ...LONG_CASES], progress.step);
  progress.end();
  output.data({ seed, outages });
  output.say(encodeOutageDocument(seed, outages).trimEnd());
  return outages.every(({ healedMs }) => healedMs !== undefined) ? EXIT.yes : EXIT.no;
}

function tell(output: Output, report: Reported): void {
  if ('goodput' in report) tellLoad(output, report);
  else if ('mode' in report) tellRehearsal(output, report);
  else if ('again' in report) {
    const { seed, asked, first, again } = report;
    output.say(`clients, seed ${seed}: ${asked} requests, ${first} of them sent, ${again} attempts more`);
  } else output.say(`checks, seed ${report.seed}: ${report.asked} questions, ${report.calls} calls`);
  for (const { oracle, at, what } of report.violations) output.say(`  ${oracle} at ${at}: ${what}`);
}

function tellLoad(output: Output, { seed, asked, answered, shed, goodput, revocationMs }: LoadReport): void {
  output.say(`load, seed ${seed}: ${asked} asked, ${answered} answered in time, ${shed} told when their turn is`);
  output.say(`  served ${JSON.stringify(goodput)}  revocations ms ${JSON.stringify(revocationMs)}`);
}

function tellRehearsal(output: Output, report: RehearsalReport): void {
  const { mode, seed, events, virtualHours, violated, verdicts, faults, eventsPerSecond } = report;
  const words = violated === 0 ? 'every law held' : `${violated} VIOLATIONS`;
  output.say(
    `${mode}, seed ${seed}: ${words}; ${events} events in ${virtualHours.toFixed(1)} virtual hours, ${eventsPerSecond} a second`,
  );
  if (report.money !== undefined) tellMoney(output, report.money);
  if (report.kills !== undefined) tellKills(output, report.kills);
  output.say(`  verdicts ${JSON.stringify(verdicts)}  faults ${JSON.stringify(faults)}`);
}

function tellMoney(output: Output, money: NonNullable<RehearsalReport['money']>): void {
  const { programs, ended, applications, acknowledged, paid, voided } = money;
  output.say(
    `  money: ${ended} of ${programs} programs ended; ${acknowledged} of ${applications} applications acknowledged, ${paid} paid, ${voided} voided`,
  );
}

function tellKills(output: Output, kills: NonNullable<RehearsalReport['kills']>): void {
  const sides = Object.entries(kills).map(([crossing, { giver, taker }]) => `${crossing} ${giver}/${taker}`);
  output.say(`  died while giving/taking: ${sides.join(', ')}`);
}
