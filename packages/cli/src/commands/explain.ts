import { type Cause, type Explanation, explain, type SideSummary } from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, formatDuration, formatTime, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { findDeciding, findPair, sideOf } from '../verdicts.ts';

type Options = { json?: boolean; url: string; data: string };

/** `holdfast explain A B`: why two verdicts differ, who owns the gap, and what happens next. */
export function explainCommand(): Command {
  return createCommand('explain', 'say why two verdicts on one credential differ')
    .argument('<a>', 'a verifier, a verdict id, or a file with a signed verdict')
    .argument('<b>', 'the other')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(explainTwo));
}

async function explainTwo(output: Output, { url, data }: Options, a = '', b = ''): Promise<number> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const pair = await findPair(client, a, b);
  const explanation = explain(sideOf(pair[0]), sideOf(pair[1]), await findDeciding(client, pair));
  output.data(explanation);
  for (const line of explanationLines(explanation)) output.say(line);
  if (explanation.agree) return EXIT.yes;
  return explanation.cause.kind === 'unexplained' ? EXIT.unknown : EXIT.no;
}

/** An explanation for people, in lines: both sides, why, since when and whose, and what is next. */
export function explanationLines(explanation: Explanation): string[] {
  const { sides, cause, gap, next } = explanation;
  const width = Math.max(...sides.map(({ name }) => name.length), 4) + 2;
  const lines = sides.map((side) => `${side.name.padEnd(width)}${sideLine(side)}`);
  lines.push(`${'Why'.padEnd(width)}${causeLine(cause, sides)}`);
  if (gap !== null) {
    const began = `${gap.behind} has read nothing since ${formatTime(gap.beganAt)}, ${gap.entries} entries ago`;
    lines.push(`${'Gap'.padEnd(width)}${began}. Reading on is up to ${gap.owner}: the log has published.`);
  }
  lines.push(`${'Next'.padEnd(width)}${nextLine(explanation, next)}`);
  return lines;
}

function sideLine({ outcome, position, ageMs, isPinned, allows }: SideSummary): string {
  const words = isPinned ? 'asked as of' : 'seen up to';
  const seen = position === null ? 'no network read' : `${words} #${position.size - 1}, ${formatTime(position.time)}`;
  const age = ageMs === null || isPinned ? '' : ` (${formatDuration(ageMs)} old)`;
  return `${outcome.toUpperCase().padEnd(9)} ${seen}${age}   ${effectWords(allows.effect)}`;
}

function effectWords(effect: SideSummary['allows']['effect']): string {
  return {
    final: 'may be relied on',
    reserve: 'may be set aside, not paid',
    advance: 'let in, recorded for review',
    queue: 'keeps its place, nothing moves',
    none: 'nothing may follow',
  }[effect];
}

function causeLine(cause: Cause, sides: Explanation['sides']): string {
  switch (cause.kind) {
    case 'agreement':
      return 'they agree';
    case 'decision': {
      const { entry, effectiveAt, decisions } = cause.deciding;
      const who = decisions
        .map(({ text, officers, entry: index }) => `"${text}" (#${index}), ${officers.join(' + ')}`)
        .join('; ');
      return `entry #${entry} ${who}, in effect since ${formatTime(effectiveAt)}`;
    }
    case 'position':
      return `${cause.behind} has not read what ${cause.ahead} has`;
    case 'age':
      return `what ${cause.older} knows is older, and the rulebook allows less then`;
    case 'clock':
      return `they were judged at ${formatTime(cause.between[0])} and ${formatTime(cause.between[1])}`;
    case 'rulebook':
      return `different rules were in force: #${cause.indices[0]} and #${cause.indices[1]}`;
    case 'policy':
      return 'the verifiers have different policies of their own';
    case 'request':
      return 'they were asked different things';
    case 'foreign-evidence':
      return "they held different evidence of the issuer's";
    case 'check':
      return `of the check "${cause.check}" ${sides[0].name} had ${cause.said[0]}, ${sides[1].name} had ${cause.said[1]}`;
    case 'other-presentation':
      return 'these are verdicts on two different credentials';
    case 'fork':
      return `the log has shown two histories of size ${cause.size}: that is proof of fraud`;
    case 'unexplained':
      return `nothing in the bases of ${sides[0].name} and ${sides[1].name} explains it: one of them is faulty`;
    default:
      return cause satisfies never;
  }
}

function nextLine({ agree, cause }: Explanation, next: Explanation['next']): string {
  if (agree) return 'nothing';
  if (next.action === 'incident') return 'an operator must look into it: stop relying on either';
  if (next.action === 'reads-on') {
    const by =
      next.by === undefined
        ? ''
        : ` Until ${formatTime(next.by)} its answer may be confirmed; after that it is cut off.`;
    return `when ${next.who} reads on, it will say the same. Nobody needs to act.${by}`;
  }
  return cause.kind === 'age' ? 'fresher evidence changes it by itself' : 'nothing happens by itself';
}
