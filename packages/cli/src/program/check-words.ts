import type { ProgramDescription, ProgramWarning } from '@holdfast/core';
import { grouped } from '../lists/list-flags.ts';
import { formatDuration } from '../output.ts';
import { asLine, dateOf, moneyIn } from './words.ts';

/** A screen: more is not read (DESIGN 7). */
const MAX_LINES = 25;

/** What a program means, in the words of whoever has to approve it. */
export function wordsOfProgram(description: ProgramDescription): string[] {
  const lines = [
    `${description.title} (${description.id}), run by ${description.organiser}`,
    `Approved as  ${description.digest}`,
    ...who(description),
    ...gets(description),
    ...losses(description),
    ...changes(description),
    ...description.warnings.map((warning) => `Note         ${WARNINGS[warning]}`),
  ];
  const shown = lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES - 1), more(lines.length)] : lines;
  return shown.map(asLine);
}

function more(count: number): string {
  return `Note         ${count - MAX_LINES + 1} more notes; --json has all`;
}

function who({ who: { types, issuers, assurance, rule, shows, countedBy } }: ProgramDescription): string[] {
  return [
    `Who          holders of ${types.join(' or ')}`,
    `             attested by ${issuers.join(', ')}, assurance ${assurance} or more`,
    `             for whom this is true: ${rule.replace(/\s+/g, ' ')}`,
    `             They show ${shows.join(', ')}. Each person counts once, by ${countedBy}.`,
  ];
}

function gets(description: ProgramDescription): string[] {
  const { window, maxApplications, slots, mostEach, mostPeople, budget, destinations, chance } = description;
  const money = moneyIn(description.asset);
  const people = mostPeople === undefined ? '' : `, for at most ${grouped(`${mostPeople}`)} people`;
  return [
    `When         from ${dateOf(window.opensAt)} until ${dateOf(window.closesAt)}, at most ${grouped(`${maxApplications}`)} applications`,
    ...(slots === undefined
      ? []
      : [
          `             in ${grouped(`${slots.count}`)} slots of ${formatDuration(slots.everyMs)}, ${grouped(`${slots.each}`)} people each: nobody has a reason to come early`,
        ]),
    `Gets         at most ${money(mostEach)} each of ${money(budget)}${people}: ${SHARES[description.share]}`,
    ...(description.weight === undefined ? [] : [`             weighed by ${description.weight.replace(/\s+/g, ' ')}`]),
    ...(chance === undefined ? [] : [`Chance       ${chanceInWords(chance)}`]),
    `Paid to      ${destinations.join(', ')}`,
  ];
}

const SHARES: Readonly<Record<ProgramDescription['share'], string>> = {
  instant: 'paid at once, as people come',
  'equal-capped': 'the same for all, less only for who wants less; coming early changes nothing',
  'pro-rata': 'by weight; coming early changes nothing',
  lottery: 'by lot; coming early changes nothing',
};

function chanceInWords(chance: NonNullable<ProgramDescription['chance']>): string {
  if (chance.kind === 'drand') {
    return `the first round of drand ${formatDuration(chance.stepMs)} after the seal, which nobody knows before`;
  }
  const rounds = chance.rounds === 1 ? 'one round' : `at most ${chance.rounds} rounds`;
  const where = chance.inLog ? ' in the log' : '';
  return `secrets of ${chance.parties.join(', ')}, revealed${where} after the seal in ${rounds}`;
}

function losses(description: ProgramDescription): string[] {
  const { staleEvidence, sloppyIssuer, onProbation, leakedKey, borneBy } = description.losses;
  const money = moneyIn(description.asset);
  const trial = onProbation === undefined ? '' : `; one on probation ${money(onProbation)} at most`;
  const { confirm, reserveMax } = description;
  const then = confirm.otherwise === 'post' ? 'paid' : 'taken back';
  const age = staleEvidence.finalUpToMs;
  const isGood = age === undefined ? '' : ` Evidence up to ${formatDuration(age)} old counts as good.`;
  return [
    `At worst     stale evidence costs ${money(staleEvidence.atMost)}: at most ${money(reserveMax)} is reserved, and ${then}`,
    `             when nobody confirms it in ${formatDuration(confirm.withinMs)}.${isGood} Borne by the ${borneBy}.`,
    `             One sloppy issuer costs ${money(sloppyIssuer.atMost)}${sloppyIssuer.issuer === '' ? '' : `: ${sloppyIssuer.issuer}`}${trial}`,
    `             One officer's leaked key ${leakedInWords(leakedKey, money)}`,
  ];
}

function leakedInWords(leaked: ProgramDescription['losses']['leakedKey'], money: (amount: bigint) => string): string {
  if (leaked === undefined) return 'costs what the rulebook lets one officer do: say --rulebook FILE or URL';
  if (leaked.powers.length === 0) return `costs ${money(leaked.atMost)}: no power that moves money is anybody's alone`;
  return `costs ${money(leaked.atMost)}: alone it can ${leaked.powers.join(', ')}`;
}

function changes(description: ProgramDescription): string[] {
  const { release, amend, revise, suspend, renounced, kept } = description.changes;
  const returned = description.returned === 'next' ? 'goes to the next in the draw' : 'goes back to the budget';
  const appeal =
    description.appealMs === 0 ? 'nothing can be appealed' : `${formatDuration(description.appealMs)} to appeal`;
  return [
    ...(revise === undefined
      ? ['Can change   nothing in these rules: once released, they are what the digest says']
      : [
          `Can change   these rules, until the window closes: ${quorumInWords(revise)}, after ${formatDuration(revise.adverseMs)},`,
          `             or ${formatDuration(revise.favourableMs)} where it only helps; whoever has applied keeps what they applied under`,
        ]),
    ...(release === undefined
      ? []
      : [`             one payment (retried, cancelled, redirected, settled): ${quorumInWords(release)}, at once`]),
    ...(amend === undefined
      ? []
      : [
          `             who may do that, and how old evidence may be: ${quorumInWords(amend)}, after ${formatDuration(amend.noticeMs)}`,
        ]),
    ...(suspend === undefined
      ? []
      : [
          `             whether one credential counts for now: ${quorumInWords(suspend)}, for ${suspend.atMostMs === undefined ? 'as long as they like' : formatDuration(suspend.atMostMs)}`,
        ]),
    `Renounced    ${renounced.join(', ') || 'nothing'}${kept.length === 0 ? '' : `; not renounced: ${kept.join(', ')}`}`,
    `After        ${appeal}; lists are ${PUBLICATIONS[description.publication]}; what comes back ${returned}`,
  ];
}

const PUBLICATIONS: Readonly<Record<ProgramDescription['publication'], string>> = {
  public: 'published open',
  commitments: 'published closed',
  none: 'published as roots and counts only',
};

function quorumInWords({ count, roles }: { readonly count: number; readonly roles: readonly string[] }): string {
  return `${count} ${count === 1 ? 'officer' : 'officers'} of ${roles.join(' or ')}`;
}

const WARNINGS: Readonly<Record<ProgramWarning, string>> = {
  'one-house': 'one house runs the draw: it protects against nobody in it',
  'silence-stops': 'any one party of the draw can stop it by keeping silent in every round',
  'last-speaker': 'who reveals last can choose to move the draw to the next round; who did is seen by all',
  'step-short': 'chance comes out so soon that not everybody has read the seal by then',
  'first-come': 'whoever comes first gets it: expect everybody at once',
  'several-types':
    'holders of different types are counted as one set: a number of one is taken for the same number of another',
  'default-pays': 'what nobody confirms is paid: a silent verifier costs money',
  'no-appeal': 'nobody can appeal',
  'reserve-covers-all': 'all of the budget may be reserved and unconfirmed at once',
  alone: 'one officer alone releases money',
  'no-release': 'nobody in this rulebook can release it',
  'cap-unused': "an issuer's cap is no less than the budget: it limits nothing",
};
