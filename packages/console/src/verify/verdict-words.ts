import type { Cause, CheckName, Effect, Explanation, Verdict } from '@holdfast/core';
import { dateOf } from '../parts/time-words.ts';

/** Words of spec/reasons.json by code, put in its place when the console is built. */
declare const REASON_WORDS: Readonly<Record<string, string>>;

const CHECKS: Readonly<Record<CheckName, string>> = {
  format: 'Format',
  'issuer-signature': "Issuer's signature",
  'holder-binding': 'Holder',
  'validity-time': 'Time',
  'issuer-trust': 'Issuer may issue it',
  position: 'How far it had read',
  status: 'Status',
  freshness: 'Age of what it knows',
  query: 'Question asked',
};

const EFFECTS: Readonly<Record<Effect, string>> = {
  final: 'It may be relied on.',
  reserve: 'Money may be set aside, not paid, until fresher knowledge confirms.',
  advance: 'Let in, and recorded for review.',
  queue: 'It keeps its place; nothing moves yet.',
  none: 'Nothing may follow.',
};

export function wordsOfReason(code: string): string {
  return REASON_WORDS[code] ?? code;
}

export function nameOfCheck(name: string): string {
  return (CHECKS as Readonly<Record<string, string>>)[name] ?? name;
}

export function effectOf({ allows }: Verdict): string {
  return EFFECTS[allows.effect];
}

/** Why two verdicts differ, in a sentence. */
export function causeOf(cause: Cause, names: readonly [string, string]): string {
  const [first, second] = names;
  switch (cause.kind) {
    case 'agreement':
      return 'They agree.';
    case 'position':
      return `${cause.behind} has not read what ${cause.ahead} has.`;
    case 'age':
      return `What ${cause.older} knows is older, and the rulebook allows less then.`;
    case 'witnesses':
      return `Witnesses confirmed what ${cause.older} knows longer ago.`;
    case 'clock':
      return `They were judged at ${dateOf(cause.between[0])} and ${dateOf(cause.between[1])}.`;
    case 'validity':
      return cause.outcome === 'expired' ? 'The credential has run out.' : 'The credential was not valid yet.';
    case 'trust':
      return `What the network says of its issuer differs: ${wordsOfReason(cause.code)}`;
    case 'rulebook':
      return `Different rules were in force: entry #${cause.indices[0]} and #${cause.indices[1]}.`;
    case 'profile':
      return `They were judged by two profiles: ${cause.profiles.join(' and ')}.`;
    case 'network':
      return 'Their verifiers belong to two networks, each with rules of its own.';
    case 'issuer-record':
      return `One of their policies asks more of issuers: ${wordsOfReason(cause.code)}`;
    case 'policy':
      return 'The verifiers have different policies of their own.';
    case 'request':
      return 'They were asked different things.';
    case 'foreign-evidence':
      return "They held different evidence of the issuer's.";
    case 'check':
      return `Of the check “${cause.check}” ${first} had ${cause.said[0]}, ${second} had ${cause.said[1]}.`;
    case 'other-presentation':
      return 'These are verdicts on two different credentials.';
    case 'decision':
      return `Entry #${cause.deciding.entry} decides it, in effect since ${dateOf(cause.deciding.effectiveAt)}.`;
    case 'fork':
      return `The log has shown two histories of size ${cause.size}: that is proof of fraud.`;
    case 'unexplained':
      return `Nothing in what ${first} and ${second} stood on explains it: one of them is faulty. Stop relying on either.`;
    default:
      return cause satisfies never;
  }
}

/** What happens next, and whose it is. */
export function nextOf({ agree, gap, next }: Explanation): string {
  if (agree) return 'Nothing has to happen.';
  const since =
    gap === null ? '' : `${gap.behind} has read nothing since ${dateOf(gap.beganAt)}, ${gap.entries} entries ago. `;
  if (next.action === 'incident') return `${since}An operator must look into it.`;
  if (next.action === 'reads-on') return `${since}When ${next.who} reads on it says the same; nobody has to act.`;
  return `${since}Nothing happens by itself.`;
}
