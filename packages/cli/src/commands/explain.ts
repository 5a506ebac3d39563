import { explain } from '@holdfast/core';
import { type Command, Option } from 'commander';
import { createCommand, run } from '../command.ts';
import { explainCourse } from '../explaining/course.ts';
import { explanationLines } from '../explaining/explanation-words.ts';
import { explainLoss } from '../explaining/loss.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseMinorUnits, parseMoment, parseOrigin } from '../settings.ts';
import { findDeciding, findPair, sideOf } from '../verdicts.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  verifier: string;
  loss?: boolean;
  relied: 'final' | 'advance';
  at?: number;
  amount?: string;
};

/** `holdfast explain A B`: why two verdicts differ, who owns the gap, and what happens next; of one, its course or its loss. */
export function explainCommand(): Command {
  return createCommand(
    'explain',
    'say why two verdicts on one credential differ, or what one verifier said of it over time',
  )
    .argument('<a>', 'a verifier, a verdict id, or a file with a signed verdict; alone also a file with a credential')
    .argument('[b]', 'the other; without it: yesterday and today, by the verifier that gave the one')
    .option('--verifier <id>', 'whose answers on a credential', 'north')
    .option('--loss', 'say who bears the loss of relying on the one verdict', false)
    .addOption(
      new Option('--relied <how>', 'how far somebody went by it').choices(['final', 'advance']).default('final'),
    )
    .option('--at <time>', 'when they did; without it: at once', parseMoment)
    .option('--amount <units>', 'for how much, in minor units', parseMinorUnits)
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(explainThem));
}

async function explainThem(output: Output, options: Options, a = '', b?: string): Promise<number> {
  const { url, data, verifier, loss, relied, at, amount } = options;
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const reliance = {
    effect: relied,
    ...(at === undefined ? {} : { at }),
    ...(amount === undefined ? {} : { amount }),
  };
  if (loss === true) return explainLoss(output, client, { id: a, verifier, reliance });
  return b === undefined ? explainCourse(output, client, { word: a, verifier }) : explainTwo(output, client, a, b);
}

async function explainTwo(output: Output, client: NetworkClient, a: string, b: string): Promise<number> {
  const pair = await findPair(client, a, b);
  const explanation = explain(sideOf(pair[0]), sideOf(pair[1]), await findDeciding(client, pair));
  output.data(explanation);
  for (const line of explanationLines(explanation)) output.say(line);
  if (explanation.agree) return EXIT.yes;
  return explanation.cause.kind === 'unexplained' ? EXIT.unknown : EXIT.no;
}
