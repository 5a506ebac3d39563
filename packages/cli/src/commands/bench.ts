import { CodedError } from '@holdfast/core';
import type { Command } from 'commander';
import { benchAllocate } from '../bench/bench-allocate.ts';
import { benchApplications } from '../bench/bench-applications.ts';
import { benchFeed } from '../bench/bench-feed.ts';
import { benchImport } from '../bench/bench-import.ts';
import { benchLedger } from '../bench/bench-ledger.ts';
import { benchLog } from '../bench/bench-log.ts';
import { benchMerkle } from '../bench/bench-merkle.ts';
import { benchStatus } from '../bench/bench-status.ts';
import { benchVerify } from '../bench/bench-verify.ts';
import type { Figure } from '../bench/figure.ts';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, type Output } from '../output.ts';

type Options = { json?: boolean; database?: string; accounts?: number; transfers?: number };

const BENCHES: Readonly<Record<string, (options: Options) => Promise<Figure[]>>> = {
  verify: benchVerify,
  status: benchStatus,
  log: ({ database }) => benchLog(database),
  feed: ({ database }) => benchFeed(database),
  applications: ({ database }) => benchApplications(database),
  ledger: ({ database, ...size }) => benchLedger(database, size),
  merkle: benchMerkle,
  import: benchImport,
  allocate: benchAllocate,
};

/** `holdfast bench`: figures beside the limit or peer of the same run; `holds` is computed. */
export function benchCommand(): Command {
  return createCommand('bench', 'measure, each figure beside its limit or peer in the same run')
    .argument('[what...]', `what to measure: ${Object.keys(BENCHES).join(', ')}; default all`)
    .option(
      '--database <url>',
      'for log, feed, applications and ledger: a PostgreSQL to use instead of an embedded one',
    )
    .option('--accounts <n>', 'for ledger: how many accounts there are; default a million', parseCount)
    .option('--transfers <n>', 'for ledger: how many transfers; default a million', parseCount)
    .action(run<Options>(bench));
}

const MAX_COUNT = 10_000_000;

function parseCount(text: string): number {
  const count = /^[1-9][0-9]{0,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw new CodedError('usage.bench', `A count is a whole number from 1 to ${MAX_COUNT}.`);
}

async function bench(output: Output, options: Options, ...what: string[]): Promise<number> {
  const names = what.length === 0 ? Object.keys(BENCHES) : what;
  const figures: Figure[] = [];
  const progress = createProgress('measuring', output.json);
  for (const [i, name] of names.entries()) {
    const work = BENCHES[name];
    if (work === undefined)
      throw new CodedError('usage.bench', `There is no bench ${name}: ${Object.keys(BENCHES).join(', ')}.`);
    progress.step(i, names.length);
    const measured = await work(options);
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
