import { type Handoff, isJsonObject, type JsonObject } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { fetchHandoffs, groupHandoffs, programOf, sayMissing, wordsOfHandoff } from '../handoff-words.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { readAct, type SettleFlags, settleAs } from './settle-act.ts';
import { fetchProgram, fetchPrograms, type ProgramView } from './view.ts';
import { asLine } from './words.ts';

type Options = SettleFlags & { json?: boolean; url: string; data: string };

/** `holdfast program settle [ID]`: sends what is due outside, takes in answers; or does to one payment what officers say. */
export function settleCommand(): Command {
  return createCommand('settle', 'send what is due to the rails, take in their answers, and say what is open')
    .argument('[id]', 'one program; all of them when left out')
    .option('--retry <transfer>', 'with --as: pay again, although the last attempt may have arrived')
    .option('--cancel <transfer>', 'with --as: the last attempt did not arrive, and is not made again')
    .option('--paid <transfer>', 'with --as: the last attempt has arrived, although nobody answered')
    .option('--as <officer>', 'who signs; the key lies in the data folder of this machine')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(settle));
}

async function settle(output: Output, options: Options, id?: string): Promise<number> {
  const { url, data } = options;
  const act = readAct(options);
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  if (act !== undefined) return settleAs(output, client, data, act);
  const views = id === undefined ? await fetchPrograms(client) : [await fetchProgram(client, id)];
  const report = await client.post('/settlement/run', {});
  const { notices } = await client.get('/settlement/notices');
  const isOurs = (transfer: string) => id === undefined || transfer.split('.')[1] === id;
  const changed = listOf(report.changed).filter(({ transferId }) => isOurs(String(transferId)));
  const { handoffs, more, silent } = await fetchHandoffs(client);
  const open = handoffs.filter(
    (handoff) => handoff.what === 'settlement' && (id === undefined || programOf(handoff) === id),
  );
  const told = {
    accepted: Number(report.accepted ?? 0),
    changed,
    failures: listOf(report.failures),
    ...{ open, silent },
    notices: listOf(notices),
  };
  output.data(told);
  for (const line of wordsOf(told, views)) output.say(asLine(line));
  const missing = sayMissing(silent);
  if (missing !== undefined) output.say(missing);
  return open.length === 0 && more === 0 && missing === undefined ? EXIT.yes : EXIT.unknown;
}

function listOf(value: unknown): JsonObject[] {
  return (Array.isArray(value) ? value : []).filter(isJsonObject);
}

type Told = {
  readonly accepted: number;
  readonly changed: readonly JsonObject[];
  readonly failures: readonly JsonObject[];
  readonly open: readonly Handoff[];
  readonly notices: readonly JsonObject[];
};

/** What a screen has of a kind; the rest is in `--json`. */
const MAX_SHOWN = 8;

function wordsOf({ accepted, changed, failures, open, notices }: Told, views: readonly ProgramView[]): string[] {
  const naming = {
    organisers: new Set(views.map(({ program }) => program.organiser)),
    assets: new Map(views.map(({ program }) => [program.id, program.asset])),
  };
  const now = Date.now();
  return [
    `Sent      ${payments(accepted)} now`,
    `Answered  ${payments(changed.length)} now${counted(changed.map(({ state }) => String(state)))}`,
    ...block(
      'Failed',
      failures.map(({ rail, code }) => `${rail}: ${code}; it is tried again by itself`),
    ),
    ...block(
      'Open',
      groupHandoffs(open).flatMap((group) => wordsOfHandoff(group, naming, now)),
    ),
    ...block(
      'By name',
      open.filter(({ owner }) => owner === 'officers' || owner === 'distributor').map(({ of }) => of),
    ),
    ...block(
      'Notices',
      notices.map(({ code, message }) => `${code}: ${message}`),
    ),
    ...(open.length === 0 ? ['Open      nothing: all that left this ledger has been answered'] : []),
  ];
}

function block(name: string, lines: readonly string[]): string[] {
  const shown =
    lines.length > MAX_SHOWN ? [...lines.slice(0, MAX_SHOWN - 1), `${lines.length - MAX_SHOWN + 1} more`] : lines;
  return shown.map((line, i) => (i === 0 ? name : '').padEnd(10) + line);
}

function payments(count: number): string {
  return `${count} payment${count === 1 ? '' : 's'}`;
}

function counted(states: readonly string[]): string {
  const kinds = [...new Set(states)].map((state) => `${states.filter((one) => one === state).length} ${state}`);
  return kinds.length === 0 ? '' : `: ${kinds.join(', ')}`;
}
