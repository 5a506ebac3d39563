import { CodedError } from '@holdfast/core';
import {
  CASES,
  encodeOutageDocument,
  killMutants,
  LONG_CASES,
  type RehearsalReport,
  rehearseCore,
  rehearseOutages,
  rehearseRoles,
} from '@holdfast/rehearsal';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
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
};

/** `holdfast rehearse --seed N`: a network under faults, the same for the same seed; and the bank of wrong versions. */
export function rehearseCommand(): Command {
  return createCommand('rehearse', 'rehearse a network under faults, the same for the same seed')
    .option('--seed <number>', 'all randomness comes from it', parseCount, 1)
    .option('--mode <mode>', 'core, roles or both', 'both')
    .option('--events <count>', 'core: how many events', parseCount, 100_000)
    .option('--minutes <count>', 'roles: how many virtual minutes', parseCount, 20)
    .option('--witnesses', 'roles: the rulebook names three witnesses, of whom one lies and one is late')
    .option('--mutants', 'also prove that each wrong version is found')
    .option('--outages', 'take away one part after the other, and write down what happens (docs/reference/outages.md)')
    .action(run<Options>(rehearse));
}

async function rehearse(output: Output, options: Options): Promise<number> {
  if (options.outages === true) return rehearseAbsences(output, options.seed);
  const { seed, events, minutes, mode, mutants } = options;
  if (!['core', 'roles', 'both'].includes(mode)) throw new CodedError('usage.mode', 'The mode is core, roles or both.');
  const progress = createProgress('rehearsing', output.json);
  const reports: RehearsalReport[] = [];
  if (mode !== 'roles') reports.push(rehearseCore({ seed, events }));
  if (mode !== 'core')
    reports.push(
      await rehearseRoles({
        seed,
        minutes,
        money: true,
        isWitnessed: options.witnesses === true,
        progress: progress.step,
      }),
    );
  progress.end();
  const killed = mutants === true ? await killMutants(seed, progress.step) : undefined;
  progress.end();
  output.data({ seed, reports, ...(killed === undefined ? {} : { mutants: killed }) });
  for (const report of reports) tell(output, report);
  for (const { name, killedBy } of killed ?? []) output.say(`mutant ${name}: ${killedBy ?? 'SURVIVED'}`);
  const held =
    reports.every(({ violated }) => violated === 0) && (killed ?? []).every(({ killedBy }) => killedBy !== null);
  return held ? EXIT.yes : EXIT.no;
}

async function rehearseAbsences(output: Output, seed: number): Promise<number> {
  const progress = createProgress('taking parts away', output.json);
  const outages = await rehearseOutages(seed, [...CASES, ...LONG_CASES], progress.step);
  progress.end();
  output.data({ seed, outages });
  output.say(encodeOutageDocument(seed, outages).trimEnd());
  return outages.every(({ healedMs }) => healedMs !== undefined) ? EXIT.yes : EXIT.no;
}

function tell(output: Output, report: RehearsalReport): void {
  const { mode, seed, events, virtualHours, violated, violations, verdicts, faults, eventsPerSecond } = report;
  const words = violated === 0 ? 'every law held' : `${violated} VIOLATIONS`;
  output.say(
    `${mode}, seed ${seed}: ${words}; ${events} events in ${virtualHours.toFixed(1)} virtual hours, ${eventsPerSecond} a second`,
  );
  if (report.money !== undefined) tellMoney(output, report.money);
  if (report.kills !== undefined) tellKills(output, report.kills);
  output.say(`  verdicts ${JSON.stringify(verdicts)}  faults ${JSON.stringify(faults)}`);
  for (const { oracle, at, what } of violations) output.say(`  ${oracle} at ${at}: ${what}`);
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
