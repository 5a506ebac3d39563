import { CodedError, isJsonObject, type Json, type JsonObject, parseJsonObject } from '@holdfast/core';
import type { Command } from 'commander';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, formatDuration, formatTime, type Output } from '../output.ts';
import { type Latency, tellLatency } from '../policy/latency-table.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { policyDiffCommand } from './policy-diff.ts';

type Options = { json?: boolean; url: string; data: string; verifier: string; by: string; note?: string };

/** `holdfast policy …`: what a running verifier asks beyond the rulebook, and what it costs. */
export function policyCommand(): Command {
  const policy = createCommand('policy', 'what a running verifier asks, changed without stopping it');
  const check = createCommand('check', 'what it asks others before it relies on a credential');
  check.addCommand(
    placed(createCommand('add', 'add a check, or replace the one of the same id'))
      .argument('<file>', 'the check as JSON')
      .action(run<Options>(addCheck)),
  );
  check.addCommand(
    placed(createCommand('remove', 'ask no more')).argument('<id>', 'of the check').action(run<Options>(removeCheck)),
  );
  const commands = [
    placed(createCommand('show', 'the policy in force, and how its checks do')).action(run<Options>(show)),
    placed(createCommand('set', 'put another policy in force, as a whole'))
      .argument('<file>', 'the policy as JSON')
      .action(run<Options>(set)),
    check,
    placed(createCommand('latency', 'how long each stage of a decision takes')).action(run<Options>(latency)),
    placed(createCommand('reviews', 'what waits for somebody to look')).action(run<Options>(reviews)),
    placed(createCommand('decide', 'say what you have seen in a review'))
      .argument('<id>', 'of the review')
      .argument('<result>', 'passed or failed')
      .requiredOption('--by <name>', 'who has looked')
      .option('--note <words>', 'for the record of this verifier')
      .action(run<Options>(decide)),
    policyDiffCommand(),
  ];
  for (const command of commands) policy.addCommand(command);
  return policy;
}

function placed(command: Command): Command {
  return command
    .option('--verifier <id>', 'which verifier', 'north')
    .option('--url <origin>', 'where it answers', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data);
}

type InForce = {
  readonly policy: JsonObject & { readonly checks?: readonly JsonObject[] };
  readonly digest: string;
  readonly since: number;
  readonly checks: Readonly<Record<string, Lane>>;
};

type Lane = {
  readonly breaker: string;
  readonly running: number;
  readonly waiting: number;
  readonly asked: number;
  readonly kept: number;
  readonly retryInMs?: number;
};

async function open({ url, data, verifier }: Options): Promise<{ client: NetworkClient; path: string }> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  return { client, path: `/v/${encodeURIComponent(verifier)}` };
}

async function readPolicy(client: NetworkClient, path: string): Promise<InForce> {
  return (await client.get(`${path}/policy`)) as unknown as InForce;
}

async function show(output: Output, options: Options): Promise<number> {
  const { client, path } = await open(options);
  const inForce = await readPolicy(client, path);
  output.data(inForce);
  tellPolicy(output, inForce);
  return EXIT.yes;
}

function tellPolicy(output: Output, { policy, digest, since, checks }: InForce): void {
  output.say(`Policy ${String(policy.id)}, ${since === 0 ? 'as set up' : `since ${formatTime(since)}`}, ${digest}`);
  if ((policy.checks ?? []).length === 0) output.say('  It asks nobody else.');
  for (const check of policy.checks ?? []) {
    const lane = checks[String(check.id)];
    const age = formatDuration(Number(check.maxAgeMs));
    output.say(
      `  ${String(check.id)} (${String(check.kind)}): counts for ${age}; on silence ${String(check.onSilence)}`,
    );
    if (lane === undefined) continue;
    const retry = lane.retryInMs === undefined ? '' : `, tried again in ${formatDuration(lane.retryInMs)}`;
    const doing = `${lane.asked} asked, ${lane.running} under way, ${lane.waiting} waiting, ${lane.kept} results kept`;
    output.say(`    ${doing}; breaker ${lane.breaker}${retry}`);
  }
}

async function set(output: Output, options: Options, file = ''): Promise<number> {
  const next = await readJson(file);
  return replace(output, options, () => next);
}

async function addCheck(output: Output, options: Options, file = ''): Promise<number> {
  const check = await readJson(file);
  return replace(output, options, (policy) => ({
    ...policy,
    checks: [...(policy.checks ?? []).filter(({ id }) => id !== check.id), check],
  }));
}

async function removeCheck(output: Output, options: Options, id = ''): Promise<number> {
  return replace(output, options, (policy) => {
    const checks = (policy.checks ?? []).filter((check) => check.id !== id);
    if (checks.length === policy.checks?.length || policy.checks === undefined) {
      throw new CodedError('usage.check', `The policy has no check ${id}.`);
    }
    return { ...policy, checks };
  });
}

/** Against the policy that was read: somebody else's change meanwhile is read, and this one made to that, once. */
async function replace(
  output: Output,
  options: Options,
  change: (policy: InForce['policy']) => JsonObject,
): Promise<number> {
  const { client, path } = await open(options);
  const attempt = async () => {
    const { policy, digest } = await readPolicy(client, path);
    return client.put(`${path}/policy`, change(policy), { 'if-match': `"${digest}"` });
  };
  const answer = await attempt().catch((error: unknown) => {
    if (error instanceof CodedError && error.code === 'policy.changed') return attempt();
    throw error;
  });
  output.data(answer);
  tellPolicy(output, answer as unknown as InForce);
  return EXIT.yes;
}

async function readJson(file: string): Promise<JsonObject> {
  return parseJsonObject((await readBounded(file)).trim(), FILE_BOUNDS);
}

async function latency(output: Output, options: Options): Promise<number> {
  const { client, path } = await open(options);
  const report = (await client.get(`${path}/latency`)) as unknown as Latency;
  output.data(report);
  tellLatency(output, report);
  return EXIT.yes;
}

async function reviews(output: Output, options: Options): Promise<number> {
  const { client, path } = await open(options);
  const answer = await client.get(`${path}/reviews`);
  output.data(answer);
  const waiting = (Array.isArray(answer.reviews) ? (answer.reviews as readonly Json[]) : []).filter(isJsonObject);
  if (waiting.length === 0) output.say('Nothing waits for anybody to look.');
  for (const review of waiting) output.say(lineOf(review, Date.now()));
  return EXIT.yes;
}

function lineOf({ id, check, owner, dueAt, default: otherwise, state }: JsonObject, now: number): string {
  const left = Number(dueAt) - now;
  const when = state === 'open' ? `due in ${formatDuration(left)}, else ${String(otherwise)}` : String(state);
  return `${String(id)}  ${String(check)}, owner ${String(owner)}, ${when}`;
}

async function decide(output: Output, options: Options, id = '', result = ''): Promise<number> {
  const { client, path } = await open(options);
  const { by, note } = options;
  const decision = { result, by, ...(note === undefined ? {} : { note }) };
  const review = await client.post(`${path}/reviews/${encodeURIComponent(id)}`, decision);
  output.data(review);
  output.say(`Decided: ${String(review.result)}. Verdicts that wait for it follow by themselves.`);
  return EXIT.yes;
}
