import type { MatrixAcceptance, MatrixRow, TrustMatrix } from '@holdfast/core';
import { wordsOfReason } from '@holdfast/server/spec';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient } from '../network-client.ts';
import { EXIT, formatTime, type Output } from '../output.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { askCommand } from '../trust/asking.ts';
import { joinCommand, requestsCommand } from '../trust/joining.ts';
import { recordCommand } from '../trust/record.ts';

type Options = { json?: boolean; url: string; verifier: string[] };

/** `holdfast trust …`: who may be relied on for what. */
export function trustCommand(): Command {
  return createCommand('trust', 'who accepts whom, and what is on record of issuers')
    .addCommand(matrixCommand())
    .addCommand(recordCommand())
    .addCommand(askCommand())
    .addCommand(joinCommand())
    .addCommand(requestsCommand());
}

function matrixCommand(): Command {
  return createCommand('matrix', 'say for every issuer and type who accepts it, at what level, until when, or why not')
    .option('--verifier <ids...>', 'whose acceptance', ['north', 'south'])
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .action(run<Options>(matrix));
}

async function matrix(output: Output, { url, verifier: ids }: Options): Promise<number> {
  const client = createNetworkClient({ url });
  const matrices = await Promise.all(
    ids.map(async (id) => {
      const answer = await client.get(`/v/${encodeURIComponent(id)}/trust/matrix`);
      return { verifier: id, ...(answer as unknown as TrustMatrix) };
    }),
  );
  output.data(matrices);
  for (const { verifier, positions, rows, omitted } of matrices) {
    const seen = positions.map(({ log, size, time }) => `${log} #${size - 1}, ${formatTime(time)}`).join(' · ');
    output.say(`${verifier}   as of ${seen}`);
    for (const row of rows) for (const line of rowLines(row)) output.say(line);
    if (omitted > 0) output.say(`  and ${omitted} more that are left out here`);
  }
  return EXIT.yes;
}

function rowLines({ issuer, name, type, as, acceptances }: MatrixRow): string[] {
  const counts = as === undefined ? '' : `\n      counts as ${as}`;
  return [
    `  ${name ?? issuer}   ${type}${counts}`,
    ...acceptances.map((acceptance) => `      ${acceptanceLine(acceptance)}`),
  ];
}

function acceptanceLine({ accepted, assurance, until, profile, why }: MatrixAcceptance): string {
  const by = profile === undefined ? '' : ` under profile ${profile}`;
  if (!accepted) return `NO  ${wordsOfReason(why ?? '').operator}${by} (${why})`;
  const end = until === undefined ? '' : ` until ${dateOf(until)}`;
  return `yes ${assurance ?? ''}${end}${by}`;
}
