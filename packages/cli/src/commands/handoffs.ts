import { isJsonObject, type JsonObject } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, formatDuration, formatTime, type Output } from '../output.ts';
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
  const answer = await client.get('/handoffs');
  const list = (Array.isArray(answer.handoffs) ? answer.handoffs : []).filter(isJsonObject);
  output.data({ handoffs: list });
  if (list.length === 0) output.say('Nothing is on its way: every crossing is complete.');
  for (const handoff of list) for (const line of linesOf(handoff)) output.say(line);
  return EXIT.yes;
}

const NEXT: Readonly<Record<string, string>> = {
  'taken-in': 'stated in the log as taken in',
  judged: 'judged at the position of the intake',
  sealed: 'stated in the log as admitted or refused',
  drawn: 'drawn',
  reserved: 'set aside',
  confirmed: 'paid or freed, once its verifier has read far enough',
  'handed-over': 'handed over for settlement',
  answered: 'answered by the rail',
  appended: 'appended to the log',
  approved: 'approved by more officers',
  'looked-at': 'looked at by a person',
};

function linesOf(handoff: JsonObject): string[] {
  const { what, of, giver, receiver, owner, count, amount, since, dueBy, next } = handoff;
  const how = amount === undefined ? `${count}` : `${count}, together ${amount} minor units`;
  const due = typeof dueBy === 'number' ? `, due by ${formatTime(dueBy)}` : '';
  return [
    `${what} of ${of}: ${how}`,
    `  ${giver} -> ${receiver}, owned by ${owner} for ${formatDuration(Date.now() - Number(since))}${due}`,
    `  next: ${NEXT[String(next)] ?? next}`,
  ];
}
