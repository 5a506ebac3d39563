import type { Action } from './actions.ts';
import type { Outage } from './outages.ts';
import type { Part } from './stage.ts';

const PART_WORDS: Readonly<Record<Part, string>> = {
  nothing: 'nothing',
  network: 'the network (the log and its feed)',
  witnesses: 'a quorum of the witnesses, where some are named',
  governor: 'the governor',
  issuer: 'the issuer',
  verifier: 'the verifier that the distributor asks',
  distributor: 'the distributor',
  ledger: 'the ledger',
  bank: 'the bank',
};

const ACTION_WORDS: Readonly<Record<Action, string>> = {
  view: 'show a credential to be let in',
  pay: 'show a credential to be paid',
  revoke: 'revoke a credential',
  issue: 'receive a credential',
  apply: 'apply to a program',
  paid: 'be paid what a program gives',
};

/** Named by their addresses in a rehearsal; on a page by what they are. */
const NAMES = [['https://rehearsal.test/relief', 'the distributor']] as const;

const HEAD = ['Away', 'For', 'Somebody wants to', 'They hear', 'Within', 'Operators see', 'Back to normal within'];

/** The page that says what happens when a part is away: written by a rehearsal, and never by hand. */
export function encodeOutageDocument(seed: number, outages: readonly Outage[]): string {
  return [
    '# What happens when a part is away',
    '',
    'Written by a rehearsal of the real roles in virtual time, and checked by a test: one part is unreachable, and everything',
    `else runs. \`npx holdfast rehearse --outages --seed ${seed}\` writes this page again.`,
    '',
    '*They hear* is what whoever tries is told: an outcome with its freshness and what may follow, a state, or the code of a',
    'problem ([spec/problems.json](../../spec/problems.json) says what to do about it). *Operators see* the alarms of the',
    'followers, the events of the distributor, and open handoffs as `what to receiver: owner, next step`. Nobody does anything',
    'about it in these rehearsals: what is back to normal is so by itself. Wallets and officers ask again until they are answered.',
    '',
    ...tableOf(outages),
    '',
    'What is `accepted`, `judged` or `planned` when a part goes waits where it is, with its owner; nothing is lost and nobody is',
    'paid twice. The bank row is of payments that leave the network; those to accounts of the ledger need no bank.',
    '',
  ].join('\n');
}

export function tableOf(outages: readonly Outage[]): string[] {
  return [rowOf(HEAD), rowOf(HEAD.map(() => '---')), ...outages.map(lineOf)];
}

/** One line of the table. */
export function lineOf({ part, awayMs, action, outcome, answeredMs, told, healedMs }: Outage): string {
  return rowOf([
    PART_WORDS[part],
    part === 'nothing' ? '' : durationWords(awayMs),
    ACTION_WORDS[action],
    outcome,
    answeredMs === undefined ? '' : durationWords(answeredMs),
    told.map((what) => `\`${nameOf(what)}\``).join('<br>'),
    healedMs === undefined ? 'never by itself' : durationWords(healedMs),
  ]);
}

function nameOf(what: string): string {
  return NAMES.reduce((text, [address, name]) => text.replaceAll(address, name), what);
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** Rounded up: what is said is a bound. */
function durationWords(ms: number): string {
  for (const [size, unit] of UNITS) if (ms >= size) return `${Math.ceil(ms / size)} ${unit}`;
  return ms === 0 ? 'at once' : '1 s';
}
