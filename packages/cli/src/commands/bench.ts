import { CodedError } from '@holdfast/core';
import type { Command } from 'commander';
import type { Figure } from '../bench/figure.ts';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, type Output } from '../output.ts';

type Options = {
  json?: boolean;
  database?: string;
  accounts?: number;
  transfers?: number;
  followers?: number;
  seeds?: number;
  seconds?: number;
  minutes?: number;
  report?: string;
};
type Say = (words: string) => void;

// What only one of them needs (PostgreSQL, rules, curves) is loaded by nobody else, and not to print the help.
const BENCHES: Readonly<Record<string, (options: Options, say: Say) => Promise<Figure[]>>> = {
  verify: async () => (await import('../bench/bench-verify.ts')).benchVerify(),
  status: async () => (await import('../bench/bench-status.ts')).benchStatus(),
  log: async ({ database }) => (await import('../bench/bench-log.ts')).benchLog(database),
  feed: async ({ database, followers }) => (await import('../bench/bench-feed.ts')).benchFeed(database, followers),
  channel: async () => (await import('../bench/bench-channel.ts')).benchChannel(),
  applications: async ({ database }) => (await import('../bench/bench-applications.ts')).benchApplications(database),
  ledger: async ({ database, ...size }) => (await import('../bench/bench-ledger.ts')).benchLedger(database, size),
  intake: async ({ database }) => (await import('../bench/bench-intake.ts')).benchIntake(database),
  overload: async (options, say) => (await import('../bench/bench-overload.ts')).benchOverload({ ...options, say }),
  soak: async (options, say) => (await import('../bench/bench-soak.ts')).benchSoak({ ...options, say }),
  merkle: async () => (await import('../bench/bench-merkle.ts')).benchMerkle(),
  import: async () => (await import('../bench/bench-import.ts')).benchImport(),
  allocate: async () => (await import('../bench/bench-allocate.ts')).benchAllocate(),
};

/** Only when they are asked for: many minutes each, on a machine that does nothing else; or with a nats-server. */
const ASKED_FOR: readonly string[] = ['overload', 'soak', 'channel'];

/** `holdfast bench`: figures beside the limit or peer of the same run; `holds` is computed. */
export function benchCommand(): Command {
  return createCommand('bench', 'measure, each figure beside its limit or peer in the same run')
    .argument(
      '[what...]',
      `what to measure: ${Object.keys(BENCHES).join(', ')}; default all but ${ASKED_FOR.join(', ')}`,
    )
    .option('--database <url>', 'for those that need one: a PostgreSQL to use instead of an embedded one')
    .option('--accounts <n>', 'for ledger: how many accounts there are; default a million', parseCount)
    .option('--followers <n>', 'for feed: how many followers; default a thousand', parseCount)
    .option('--transfers <n>', 'for ledger: how many transfers; default a million', parseCount)
    .option('--seeds <n>', 'for overload: how many times, each with other arrivals; default 3', parseCount)
    .option('--seconds <n>', 'for overload: how long each level lasts; default 12', parseCount)
    .option('--minutes <n>', 'for soak: how long; default 10', parseCount)
    .option('--report <file>', 'for overload: where a page with the courses goes')
    .action(run<Options>(bench));
}

const MAX_COUNT = 10_000_000;

function parseCount(text: string): number {
  const count = /^[1-9][0-9]{0,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw new CodedError('usage.bench', `A count is a whole number from 1 to ${MAX_COUNT}.`);
}

async function bench(output: Output, options: Options, ...what: string[]): Promise<number> {
  const names = what.length === 0 ? Object.keys(BENCHES).filter((name) => !ASKED_FOR.includes(name)) : what;
  const figures: Figure[] = [];
  const progress = createProgress('measuring', output.json);
  for (const [i, name] of names.entries()) {
    const work = BENCHES[name];
    if (work === undefined)
      throw new CodedError('usage.bench', `There is no bench ${name}: ${Object.keys(BENCHES).join(', ')}.`);
    progress.step(i, names.length);
    const measured = await work(options, (words) => output.say(words));
    progress.end();
    for (const figure of measured) tell(output, figure);
    figures.push(...measured);
  }
  output.data({ figures });
  return figures.every(({ holds }) => holds) ? EXIT.yes : EXIT.no;
}

function tell(output: Output, { what, ours, beside, unit, ratio, goal, holds }: Figure): void {
  output.say(`${holds ? 'holds' : 'SHORT'}  ${what}`);
  output.say(`       ours ${ours} ${unit}, ${beside.name} ${beside.value} ${unit}, ratio ${ratio}; goal ${goal}`);
}
