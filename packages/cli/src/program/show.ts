import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { fetchHandoffs, groupHandoffs, type KnownHandoffs, programOf } from '../handoff-words.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { lineOfView, wordsOfView } from './show-words.ts';
import { fetchProgram, fetchPrograms, type ProgramView } from './view.ts';
import { asLine } from './words.ts';

type Options = { json?: boolean; url: string; data: string };

/** `holdfast program show [ID]`: how far a program has come, where its money is, and what happens next. */
export function showCommand(): Command {
  return createCommand('show', 'how far a program has come, where its money is, who has to act, what happens next')
    .argument('[id]', 'one program; all of them in a line each when left out')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie: only operators see who has to act', DEFAULTS.data)
    .action(run<Options>(show));
}

async function show(output: Output, { url, data }: Options, id?: string): Promise<number> {
  const adminKey = await findAdminKey(data);
  const client = createNetworkClient({ url, adminKey });
  if (id === undefined) return showAll(output, client);
  const view = await fetchProgram(client, id);
  const waiting = adminKey === undefined ? undefined : await waitingOf(client, id);
  output.data({
    ...jsonOf(view),
    ...(waiting === undefined ? {} : { handoffs: waiting.handoffs, silent: waiting.silent }),
  });
  for (const line of wordsOfView(view, waiting, Date.now())) output.say(asLine(line));
  return (waiting?.silent ?? []).length === 0 ? EXIT.yes : EXIT.unknown;
}

async function showAll(output: Output, client: NetworkClient): Promise<number> {
  const views = await fetchPrograms(client);
  output.data({ programs: views.map(jsonOf) });
  if (views.length === 0) {
    output.say('This network has no program. Release one: npx holdfast program publish FILE --as OFFICER');
  }
  const width = Math.max(...views.map(({ program }) => program.id.length));
  for (const view of views) output.say(asLine(lineOfView(view, width, Date.now())));
  return EXIT.yes;
}

async function waitingOf(client: NetworkClient, id: string): Promise<KnownHandoffs> {
  const known = await fetchHandoffs(client);
  return { ...known, handoffs: groupHandoffs(known.handoffs.filter((handoff) => programOf(handoff) === id)) };
}

function jsonOf(view: ProgramView): object {
  return { ...view, payments: Object.fromEntries(view.payments) };
}
