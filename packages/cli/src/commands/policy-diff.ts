import { CodedError, type Difference, differencesOf, isJsonObject, type Json, type JsonObject } from '@holdfast/core';
import { wordsOfReason } from '@holdfast/server/spec';
import { encodePolicy, policyDifferences } from '@holdfast/verifier';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseDuration, parseOrigin } from '../settings.ts';
import { type ComparedPoint, createTrustPointReader } from '../trust-points.ts';

type Options = { json?: boolean; url: string; data: string; verifier: string; rejudge?: number };

/** `holdfast policy diff A B`: what changed between two points, and who would be refused by it. */
export function policyDiffCommand(): Command {
  return createCommand('diff', 'say what changed between two points, what got looser and what tighter')
    .argument('<a>', 'an entry like #4812, now, next, or a file with a rulebook or a policy')
    .argument('<b>', 'the other')
    .option(
      '--rejudge <period>',
      "judge the verifier's kept verdicts of the last days again by the second",
      parseDuration,
    )
    .option('--verifier <id>', 'with --rejudge: whose verdicts', 'north')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(diff));
}

async function diff(output: Output, options: Options, a = '', b = ''): Promise<number> {
  const read = createTrustPointReader(options.url);
  const [before, after] = [await read(a), await read(b)];
  const differences = compare(before, after);
  const rejudged = options.rejudge === undefined ? undefined : await rejudge(options, options.rejudge, after);
  output.data({ differences, ...(rejudged === undefined ? {} : { rejudged }) });
  for (const line of differenceLines(differences)) output.say(line);
  if (rejudged !== undefined) for (const line of rejudgedLines(rejudged)) output.say(line);
  return differences.length === 0 ? EXIT.yes : EXIT.no;
}

function compare(a: ComparedPoint, b: ComparedPoint): Difference[] {
  if (a.kind === 'policy' && b.kind === 'policy') return policyDifferences(a.policy, b.policy);
  if (a.kind === 'trust' && b.kind === 'trust') return differencesOf(a.point, b.point);
  throw new CodedError('usage.point', `${a.name} and ${b.name} are a policy and a rulebook: compare like with like.`);
}

function differenceLines(differences: readonly Difference[]): string[] {
  if (differences.length === 0) return ['Nothing has changed.'];
  const order = ['tighter', 'looser', 'other'] as const;
  const headings = { tighter: 'Tighter: less is accepted or allowed', looser: 'Looser: more is', other: 'Otherwise' };
  return order.flatMap((direction) => {
    const found = differences.filter((difference) => difference.direction === direction);
    if (found.length === 0) return [];
    return [headings[direction], ...found.map(({ what, before, after }) => `  ${what}: ${before} -> ${after}`)];
  });
}

async function rejudge({ url, data, verifier }: Options, sinceMs: number, by: ComparedPoint): Promise<JsonObject> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const rules = by.kind === 'policy' ? { policy: encodePolicy(by.policy) } : { rulebook: by.point.rulebook };
  return client.post(`/v/${encodeURIComponent(verifier)}/rejudge`, { sinceMs, ...rules });
}

/** Counts and handles alone: no screen says whose they are. */
function rejudgedLines({ examined, erased, isCapped, unchanged, refused, accepted }: JsonObject): string[] {
  const listed = (value: Json | undefined) =>
    Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
  const [no, yes] = [listed(refused), listed(accepted)];
  const gone = Number(erased) === 0 ? '' : `, ${Number(erased)} more of which nothing is kept`;
  return [
    `Judged again: ${Number(examined)} credentials${gone}${isCapped === true ? '; only the latest 200 verdicts' : ''}`,
    `  the same: ${Number(unchanged)} · would be refused: ${no.length} · would be accepted: ${yes.length}`,
    ...no
      .slice(0, MAX_LISTED)
      .map(({ id, code }) => `  refused ${String(id)}   ${wordsOfReason(String(code)).operator}`),
  ];
}

const MAX_LISTED = 20;
