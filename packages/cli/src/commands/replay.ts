import { existsSync } from 'node:fs';
import {
  CodedError,
  homePosition,
  isCodedError,
  judgeReplay,
  otherPosition,
  parseJsonObject,
  prepareReplay,
  type ReplayBundle,
  type ReplayResult,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, formatTime, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string; verifier: string };

/** `holdfast replay`: recomputes a signed verdict from its bundle and compares byte for byte. Needs no network for a file. */
export function replayCommand(): Command {
  return createCommand('replay', 'recompute a signed verdict and compare it byte for byte')
    .argument('<bundle-or-id>', 'a file with a replay bundle, or the id of a verdict')
    .option('--verifier <id>', 'whose verdict the id names', 'north')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(replay));
}

async function replay(output: Output, options: Options, word = ''): Promise<number> {
  const { result, isKeyAccredited } = existsSync(word)
    ? replayFile(await readBounded(word))
    : replayBundle(await fetchBundle(options, word));
  const { same, broken, recorded, recomputed } = result;
  const position = homePosition(recorded.basis);
  const other = otherPosition(recorded.basis);
  output.data({
    same,
    broken,
    isKeyAccredited,
    recorded: recorded.outcome,
    recomputed: recomputed.outcome,
    basis: recorded.basis,
  });
  output.say(
    same
      ? `The same, byte for byte: ${recorded.outcome}`
      : `DIFFERENT: recorded ${recorded.outcome}, recomputed ${recomputed.outcome}`,
  );
  if (broken.length > 0) output.say(`  Signatures that do not hold: ${broken.join(', ')}`);
  if (position !== undefined)
    output.say(`  Stood on the network as of #${position.size - 1}, ${formatTime(position.time)}`);
  if (other !== undefined) output.say(`  and on ${other.log} as of #${other.size - 1}, ${formatTime(other.time)}`);
  if (!isKeyAccredited) output.say('  The key that signed it was not accredited by its network as of then.');
  return same ? EXIT.yes : EXIT.no;
}

/** Anybody may have written the file, so any part of a bundle may be missing from it, or be something else. */
function replayFile(text: string): ReturnType<typeof replayBundle> {
  const bundle = parseJsonObject(text, FILE_BOUNDS) as unknown as ReplayBundle;
  try {
    return replayBundle(bundle);
  } catch (error) {
    if (isCodedError(error)) throw error;
    throw new CodedError('replay.malformed', 'This is no replay bundle, or a part of it is missing.', {}, error);
  }
}

/** Opens, checks and judges again. Throws `replay.unproved` when the bundle does not prove what it claims. */
export function replayBundle(bundle: ReplayBundle): { result: ReplayResult; isKeyAccredited: boolean } {
  const plan = prepareReplay(bundle);
  const results = createNodeEngine().verifySync(plan.checks.map(({ check }) => check));
  return { result: judgeReplay(plan, results), isKeyAccredited: plan.isKeyAccredited };
}

async function fetchBundle({ url, data, verifier }: Options, id: string): Promise<ReplayBundle> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const path = `/v/${encodeURIComponent(verifier)}/verdicts/${encodeURIComponent(id)}/bundle`;
  return (await client.get(path)) as unknown as ReplayBundle;
}
