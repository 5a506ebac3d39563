import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import {
  fetchHandoffs,
  groupHandoffs,
  type KnownHandoffs,
  type Naming,
  sayMissing,
  wordsOfHandoff,
} from '../handoff-words.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, formatDuration, type Output } from '../output.ts';
import { fetchPrograms } from '../program/view.ts';
import { asLine } from '../program/words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string };

/** `holdfast handoffs`: every crossing that is not complete, with its owner and age. */
export function handoffsCommand(): Command {
  return createCommand('handoffs', 'what is on its way from one to another, who owns it, and how old it is')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(handoffs));
}

async function handoffs(output: Output, { url, data }: Options): Promise<number> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const [open, naming] = await Promise.all([fetchHandoffs(client), readNaming(client)]);
  const count = open.handoffs.reduce((sum, handoff) => sum + handoff.count, 0);
  output.data({ count, ...open });
  tellHandoffs(output, open, naming, Date.now());
  if (open.more > 0) output.say(`\nand ${open.more} payments more, on their way for less long than those above.`);
  return open.silent.length === 0 ? EXIT.yes : EXIT.unknown;
}

function tellHandoffs(output: Output, open: KnownHandoffs, naming: Naming, now: number): void {
  const groups = groupHandoffs(open.handoffs);
  const missing = sayMissing(open.silent);
  if (missing !== undefined) output.say(missing);
  const [oldest] = groups;
  if (oldest === undefined) {
    output.say(
      missing === undefined
        ? 'Nothing is on its way: every crossing is complete.'
        : 'Nothing is on its way at the others.',
    );
    return;
  }
  const late = groups.filter(({ dueBy }) => dueBy !== undefined && dueBy < now).length;
  const isLate = late === 0 ? 'none is late' : `${late} LATE`;
  const kinds = `${groups.length} ${groups.length === 1 ? 'kind of crossing' : 'kinds of crossings'}`;
  output.say(`${kinds} open, the oldest for ${formatDuration(now - oldest.since)}; ${isLate}. Each has one owner:`);
  for (const group of groups) {
    output.say();
    for (const line of wordsOfHandoff(group, naming, now)) output.say(asLine(line));
  }
}

/** How programs call their money. Without a distributor there are none, and decisions are told all the same. */
async function readNaming(client: NetworkClient): Promise<Naming> {
  const programs = await fetchPrograms(client).catch(() => []);
  return {
    organisers: new Set(programs.map(({ program }) => program.organiser)),
    assets: new Map(programs.map(({ program }) => [program.id, program.asset])),
  };
}
