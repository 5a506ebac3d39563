import { CodedError, type Difference, differencesOf, isJsonObject, type Json, type JsonObject } from '@holdfast/core';
import { wordsOfReason } from '@holdfast/server/spec';
import { encodePolicy, policyDifferences } from '@holdfast/verifier';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseDuration, parseOrigin } from '../settings.ts';
import { type ComparedPoint, createTrustPointReader } from '../trust-points.ts';

type Options = { json?: boolean; url: string; data: string; verifier: string; rejudge?: number | true };

/** `holdfast policy diff A B`: what changed between two points, and who would be refused by it. */
export function policyDiffCommand(): Command {
  return createCommand('diff', 'say what changed between two points, what got looser and what tighter')
    .argument('<a>', 'an entry like #4812, now, next, or a file with a rulebook or a policy')
    .argument('<b>', 'the other')
    .option(
      '--rejudge [period]',
      "judge the verifier's kept verdicts of the last 30 days, or of this period, again by the second",
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
  const period = options.rejudge === true ? DEFAULT_PERIOD_MS : options.rejudge;
  const rejudged = period === undefined ? undefined : await rejudge(options, output, period, after);
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
  const headings = {
    tighter: 'Tighter: less is accepted or allowed',
    looser: 'Looser: more is accepted or allowed, or somebody is protected less',
    other: 'Otherwise',
  };
  return order.flatMap((direction) => {
    const found = differences.filter((difference) => difference.direction === direction);
    if (found.length === 0) return [];
    return [headings[direction], ...found.map(({ what, before, after }) => `  ${what}: ${before} -> ${after}`)];
  });
}

const DEFAULT_PERIOD_MS = 30 * 86_400_000;
/** Pages of 200 verdicts; what lies before them is not looked at, and that is said. */
const MAX_PAGES = 500;

/** Page by page, the newest first. */
async function rejudge(options: Options, output: Output, sinceMs: number, by: ComparedPoint): Promise<Rejudged> {
  const { url, data, verifier } = options;
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const rules = by.kind === 'policy' ? { policy: encodePolicy(by.policy) } : { rulebook: by.point.rulebook };
  const progress = createProgress('judging again', output.json, 'credentials');
  const sum = { examined: 0, erased: 0, unchanged: 0, refused: [] as Json[], accepted: [] as Json[] };
  let after: Json | undefined;
  try {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const body = { sinceMs, ...rules, ...(after === undefined ? {} : { after }) };
      const found = await client.post(`/v/${encodeURIComponent(verifier)}/rejudge`, body);
      for (const name of ['examined', 'erased', 'unchanged'] as const) sum[name] += Number(found[name]);
      for (const name of ['refused', 'accepted'] as const) sum[name].push(...listed(found[name]));
      progress.step(sum.examined);
      after = found.next;
      if (after === undefined) return { ...sum, isCapped: false };
    }
  } finally {
    progress.end();
  }
  return { ...sum, isCapped: true };
}

type Rejudged = {
  readonly examined: number;
  readonly erased: number;
  readonly unchanged: number;
  readonly refused: readonly Json[];
  readonly accepted: readonly Json[];
  /** Whether the period held more than is looked at. */
  readonly isCapped: boolean;
};

function listed(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
}

/** Counts and handles alone: no screen says whose they are. */
function rejudgedLines({ examined, erased, isCapped, unchanged, refused, accepted }: Rejudged): string[] {
  const [no, yes] = [refused.filter(isJsonObject), accepted.filter(isJsonObject)];
  const gone = erased === 0 ? '' : `, ${erased} more of which nothing is kept`;
  return [
    `Judged again: ${examined} credentials${gone}${isCapped ? `; only the latest ${MAX_PAGES * 200} verdicts` : ''}`,
    `  the same: ${unchanged} · would be refused: ${no.length} · would be accepted: ${yes.length}`,
    ...no
      .slice(0, MAX_LISTED)
      .map(({ id, code }) => `  refused ${String(id)}   ${wordsOfReason(String(code)).operator}`),
  ];
}

const MAX_LISTED = 20;
