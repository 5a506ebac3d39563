import type { Cause, Explanation, SideSummary } from '@holdfast/core';
import { formatAge, formatTime } from '../output.ts';

/** An explanation for people, in lines: both sides, why, since when and whose, and what is next. */
export function explanationLines(explanation: Explanation): string[] {
  const { sides, cause, gap, next } = explanation;
  const width = Math.max(...sides.map(({ name }) => name.length), 4) + 2;
  const lines = sides.map((side) => `${side.name.padEnd(width)}${sideLine(side)}`);
  lines.push(
    `${'Why'.padEnd(width)}${causeLine(
      cause,
      sides.map(({ name }) => name),
    )}`,
  );
  if (gap !== null) {
    const began = `${gap.behind} has read nothing since ${formatTime(gap.beganAt)}, ${gap.entries} entries ago`;
    if (gap.log !== undefined)
      lines.push(`${''.padEnd(width)}Two networks had to be read; the one read late is ${gap.log}.`);
    lines.push(`${'Gap'.padEnd(width)}${began}. Reading on is up to ${gap.owner}: the log has published.`);
  }
  lines.push(`${'Next'.padEnd(width)}${nextLine(explanation, next)}`);
  return lines;
}

function sideLine({ outcome, position, ageMs, isPinned, allows }: SideSummary): string {
  const words = isPinned ? 'asked as of' : 'seen up to';
  const seen = position === null ? 'no network read' : `${words} #${position.size - 1}, ${formatTime(position.time)}`;
  const age = ageMs === null || isPinned ? '' : ` (${formatAge(ageMs)})`;
  return `${outcome.toUpperCase().padEnd(9)} ${seen}${age}   ${effectWords(allows.effect)}`;
}

export function effectWords(effect: SideSummary['allows']['effect']): string {
  return {
    final: 'may be relied on',
    reserve: 'may be set aside, not paid',
    advance: 'let in, recorded for review',
    queue: 'keeps its place, nothing moves',
    none: 'nothing may follow',
  }[effect];
}

export function causeLine(cause: Cause, names: readonly string[]): string {
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
    case 'witnesses':
      return `witnesses last confirmed to ${names[0]} ${confirmedAt(cause.times[0])}, and to ${names[1]} ${confirmedAt(cause.times[1])}`;
    case 'clock':
      return `they were judged at ${formatTime(cause.between[0])} and ${formatTime(cause.between[1])}`;
    case 'validity':
      return cause.outcome === 'expired' ? 'the credential has run out' : 'the credential was not valid yet';
    case 'trust':
      return `what the network says of its issuer differs: ${cause.code}`;
    case 'rulebook':
      return `different rules were in force: #${cause.indices[0]} and #${cause.indices[1]}`;
    case 'profile':
      return `they were judged by two profiles: ${cause.profiles.map((id) => id || 'none').join(' and ')}`;
    case 'network':
      return 'their verifiers belong to two networks, each with rules of its own';
    case 'issuer-record':
      return `one of their policies asks more of issuers than this one's record shows: ${cause.code}`;
    case 'policy':
      return 'the verifiers have different policies of their own';
    case 'request':
      return 'they were asked different things';
    case 'foreign-evidence':
      return "they held different evidence of the issuer's";
    case 'check':
      return `of the check "${cause.check}" ${names[0]} had ${cause.said[0]}, ${names[1]} had ${cause.said[1]}`;
    case 'other-presentation':
      return 'these are verdicts on two different credentials';
    case 'fork':
      return `the log has shown two histories of size ${cause.size}: that is proof of fraud`;
    case 'unexplained':
      return `nothing in the bases of ${names.join(' and ')} explains it: one of them is faulty`;
    default:
      return cause satisfies never;
  }
}

function confirmedAt(time: number | null): string {
  return time === null ? 'nothing yet' : `what they know as of ${formatTime(time)}`;
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
  const ages = cause.kind === 'age' || cause.kind === 'witnesses';
  return ages ? 'fresher evidence changes it by itself' : 'nothing happens by itself';
}
