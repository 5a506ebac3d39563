import { CodedError, isJsonObject, type JsonObject } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, formatDuration, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string; of: string; kinds?: string };

/** Whom `--of` names that is no verifier: whoever runs programs. */
const PROGRAMS = 'programs';

/** `holdfast webhooks …`: where outcomes are pushed to, how each receiver does, and what was given up. */
export function webhooksCommand(): Command {
  const webhooks = createCommand('webhooks', 'where outcomes are pushed to, and what was not taken there');
  const commands = [
    placed(createCommand('list', 'how each receiver does')).action(run<Options>(list)),
    placed(createCommand('add', 'push outcomes to an address'))
      .argument('<url>', 'an https address')
      .option('--kinds <list>', 'only these, separated by commas: presentation,verdict or application,program')
      .action(run<Options>(add)),
    placed(createCommand('resend', 'send again what was given up'))
      .argument('<id>', 'of the webhook')
      .action(run<Options>(resend)),
    placed(createCommand('remove', 'push nothing there any more, and forget what waits for it'))
      .argument('<id>', 'of the webhook')
      .action(run<Options>(remove)),
  ];
  for (const command of commands) webhooks.addCommand(command);
  return webhooks;
}

function placed(command: Command): Command {
  return command
    .option('--of <id>', `whose outcomes: a verifier, or ${PROGRAMS}`, 'north')
    .option('--url <origin>', 'where it answers', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data);
}

async function connect({ url, data }: Options): Promise<NetworkClient> {
  return createNetworkClient({ url, adminKey: await findAdminKey(data) });
}

function pathOf({ of }: Options): string {
  return of === PROGRAMS ? '/applications/webhooks' : `/v/${encodeURIComponent(of)}/webhooks`;
}

async function list(output: Output, options: Options): Promise<number> {
  const { webhooks } = await (await connect(options)).get(pathOf(options));
  const known = (Array.isArray(webhooks) ? webhooks : []).filter(isJsonObject);
  output.data({ webhooks: known });
  if (known.length === 0) output.say(`Nobody is told of outcomes of ${options.of}.`);
  for (const webhook of known) for (const line of linesOf(webhook, Date.now())) output.say(line);
  return known.some(isBehind) ? EXIT.no : EXIT.yes;
}

function isBehind({ dead, missed, failure }: JsonObject): boolean {
  return Number(dead) > 0 || Number(missed) > 0 || failure !== undefined;
}

function linesOf({ id, url, kinds, waiting, waitingSince, dead, missed, failure }: JsonObject, now: number): string[] {
  const since = typeof waitingSince === 'number' ? `, the oldest for ${formatDuration(now - waitingSince)}` : '';
  const lost = Number(dead) + Number(missed);
  return [
    `${String(id)}  ${String(url)}`,
    `  ${Array.isArray(kinds) ? kinds.join(', ') : ''}: ${String(waiting)} waiting${since}`,
    ...(failure === undefined ? [] : [`  last failed: ${String(failure)}`]),
    ...(lost === 0
      ? []
      : [`  ${String(dead)} given up, ${String(missed)} never queued: holdfast webhooks resend ${String(id)}`]),
  ];
}

async function add(output: Output, options: Options, url = ''): Promise<number> {
  const kinds = options.kinds?.split(',').map((kind) => kind.trim());
  const body = { url, ...(kinds === undefined ? {} : { kinds }) };
  const added = await (await connect(options)).post(pathOf(options), body);
  output.data(added);
  output.say(`Outcomes of ${options.of} are pushed to ${String(added.url)}: webhook ${String(added.id)}.`);
  return EXIT.yes;
}

async function resend(output: Output, options: Options, id = ''): Promise<number> {
  const answer = await (await connect(options)).post(`${pathOf(options)}/${segment(id)}/resend`, {});
  output.data(answer);
  output.say(`${String(answer.resent)} sent again. What was never queued cannot be: read it where it can be polled.`);
  return EXIT.yes;
}

async function remove(output: Output, options: Options, id = ''): Promise<number> {
  await (await connect(options)).remove(`${pathOf(options)}/${segment(id)}`);
  output.data({ removed: id });
  output.say(`Nothing is pushed to webhook ${id} any more.`);
  return EXIT.yes;
}

function segment(id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw new CodedError('webhook.not-found', 'No webhook with this id is kept here.');
}
