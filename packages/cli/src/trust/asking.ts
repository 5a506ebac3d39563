import { type Assurance, isCodedError, type JsonObject, type Position } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient } from '../network-client.ts';
import { EXIT, formatDateTime, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = {
  json?: boolean;
  url: string;
  recognition?: boolean;
  at?: string;
  region?: string;
  assurance?: Assurance;
  authority?: string;
};

const UNKNOWN: ReadonlySet<string> = new Set([
  ...['trqp.authority-unknown', 'trqp.entity-unknown', 'trqp.action-unknown', 'trqp.not-held', 'trqp.not-understood'],
]);

/** `holdfast trust ask ENTITY TYPE`: the question of ToIP's TRQP, answered by the network. */
export function askCommand(): Command {
  return createCommand('ask', 'ask a network whether somebody may issue a type, now or at a time (ToIP TRQP)')
    .argument('<entity>', "the issuer's id; with --recognition the name of another network")
    .argument('<type>', 'the type of credentials')
    .option('--recognition', 'ask whether another network is recognised for the type')
    .option('--at <time>', 'as of then: 2026-03-01T12:00:00Z')
    .option('--region <code>', 'only if it counts there')
    .option('--assurance <level>', 'only if it counts for at least so much')
    .option('--authority <id>', 'who is asked about; default the network at --url')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .action(run<Options>(ask));
}

async function ask(output: Output, options: Options, entity = '', type = ''): Promise<number> {
  const { url, recognition, at, region, assurance, authority = url } = options;
  const context = {
    ...(at === undefined ? {} : { time: at }),
    ...(region === undefined ? {} : { region }),
    ...(assurance === undefined ? {} : { assurance }),
  };
  const question = { entity_id: entity, authority_id: authority, action: 'issue', resource: type, context };
  const answer = await post(url, recognition === true ? 'recognition' : 'authorization', question);
  output.data(answer);
  const yes = answer.authorized ?? answer.recognized;
  if (yes === undefined) {
    output.say(`UNKNOWN   ${answer.detail}`);
    return EXIT.unknown;
  }
  const { evaluated } = answer.holdfast as unknown as { readonly evaluated: Position };
  output.say(`${yes === true ? 'YES' : 'NO'}   ${answer.message}`);
  output.say(`As of ${evaluated.log} #${evaluated.size - 1}, ${formatDateTime(evaluated.time)}`);
  return yes === true ? EXIT.yes : EXIT.no;
}

async function post(url: string, kind: string, question: JsonObject): Promise<JsonObject> {
  try {
    return await createNetworkClient({ url }).post(`/trqp/${kind}`, question);
  } catch (error) {
    if (!isCodedError(error) || !UNKNOWN.has(error.code)) throw error;
    return { code: error.code, detail: error.message };
  }
}
