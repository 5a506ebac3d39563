import {
  type CaseCourse,
  checkRulebook,
  compareRulebooks,
  longestCaseOf,
  type RulebookChange,
  type RulebookFinding,
  withAdditions,
} from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, formatDuration, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { readWithOfficers } from './read-rulebook.ts';

type Options = { json?: boolean; officers?: string };

/** `holdfast rulebook check FILE|URL`: exit 1 where somebody would be left with nobody or nothing. */
export function checkCommand(): Command {
  return createCommand(
    'check',
    'say what is wrong with a rulebook: who is left to decide and to judge, how long it takes',
  )
    .argument('[source]', 'a file, or where a network answers; - for standard input', DEFAULTS.url)
    .option('--officers <origin>', 'the network whose officers it is meant for', parseOrigin)
    .action(run<Options>((output, { officers }, source = DEFAULTS.url) => check(output, source, officers)));
}

async function check(output: Output, source: string, officers?: string): Promise<number> {
  const rulebook = await readWithOfficers(source, officers);
  const findings = checkRulebook(rulebook);
  const longest = rulebook.cases === undefined ? undefined : longestCaseOf(rulebook.cases);
  const additions = compareRulebooks(rulebook, withAdditions(rulebook));
  output.data({
    findings,
    ...(longest === undefined ? {} : { longest }),
    ...(additions.length === 0 ? {} : { additions }),
  });
  output.say(rulebook.title);
  for (const line of findingLines(findings)) output.say(line);
  for (const line of additionLines(additions, source)) output.say(line);
  if (longest !== undefined) for (const line of longestLines(longest)) output.say(line);
  return findings.some(({ severity }) => severity === 'error') ? EXIT.no : EXIT.yes;
}

export function findingLines(findings: readonly RulebookFinding[]): string[] {
  if (findings.length === 0) return ['Nothing is wrong with it.'];
  return findings.map(({ severity, code, sentence, path }) => {
    const where = path === '' ? code : `${code}, ${path}`;
    return `${severity === 'error' ? 'ERROR   ' : 'warning '} ${sentence} (${where})`;
  });
}

/** What is newer than it, in full: whoever amends by hand copies it from here. */
function additionLines(additions: readonly RulebookChange[], source: string): string[] {
  if (additions.length === 0) return [];
  return [
    'To have what is newer than it, it takes',
    ...additions.map(({ path, after = '' }) => `  ${path}: ${after}`),
    `  npx holdfast rulebook complete ${source} > rules.json   prints it whole, for npx holdfast decide amend rules.json`,
  ];
}

function longestLines({ ms, class: reasonClass, stages }: CaseCourse): string[] {
  return [
    `Every complaint ends: the longest takes ${formatDuration(ms)}, for ${reasonClass}, whatever anybody does or leaves`,
    ...stages.map(({ stage, owner, ms: stageMs }) => `  ${stage}: ${formatDuration(stageMs)}, ${owner.join(' or ')}`),
  ];
}
