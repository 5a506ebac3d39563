import type { ProgramDescription, ProgramWarning } from './describe-program.ts';

/** How this reader is told amounts, moments and durations. */
export type ProgramTelling = {
  readonly money: (asset: ProgramDescription['asset']) => (amount: bigint) => string;
  readonly date: (ms: number) => string;
  readonly duration: (ms: number) => string;
};

/** What belongs together in a description: what it is about, and a line for each thing that is to be known of it. */
export type ProgramPart = { readonly about: string; readonly lines: readonly string[] };

/** What a program means, in the words of whoever has to approve it: the same in a terminal and on a page. */
export function wordsOfDescription(description: ProgramDescription, telling: ProgramTelling): readonly ProgramPart[] {
  return [
    who(description),
    ...gets(description, telling),
    losses(description, telling),
    ...changes(description, telling),
    ...description.warnings.map((warning) => ({ about: 'Note', lines: [WARNINGS[warning]] })),
  ];
}

function who({ who: { types, issuers, assurance, rule, shows, countedBy } }: ProgramDescription): ProgramPart {
  return {
    about: 'Who',
    lines: [
      `holders of ${types.join(' or ')}`,
      `attested by ${issuers.join(', ')}, assurance ${assurance} or more`,
      `for whom this is true: ${rule.replace(/\s+/g, ' ')}`,
      `They show ${shows.join(', ')}. Each person counts once, by ${countedBy}.`,
    ],
  };
}

function gets(description: ProgramDescription, { money: moneyOf, date, duration }: ProgramTelling): ProgramPart[] {
  const { window, maxApplications, slots, mostEach, mostPeople, budget, destinations, chance, weight } = description;
  const money = moneyOf(description.asset);
  const people = mostPeople === undefined ? '' : `, for at most ${grouped(mostPeople)} people`;
  const spread =
    slots === undefined
      ? []
      : [
          `in ${grouped(slots.count)} slots of ${duration(slots.everyMs)}, ${grouped(slots.each)} people each: nobody has a reason to come early`,
        ];
  return [
    {
      about: 'When',
      lines: [
        `from ${date(window.opensAt)} until ${date(window.closesAt)}, at most ${grouped(maxApplications)} applications`,
        ...spread,
      ],
    },
    {
      about: 'Gets',
      lines: [
        `at most ${money(mostEach)} each of ${money(budget)}${people}: ${SHARES[description.share]}`,
        ...(weight === undefined ? [] : [`weighed by ${weight.replace(/\s+/g, ' ')}`]),
      ],
    },
    ...(chance === undefined ? [] : [{ about: 'Chance', lines: [chanceInWords(chance, duration)] }]),
    { about: 'Paid to', lines: [destinations.join(', ')] },
  ];
}

const SHARES: Readonly<Record<ProgramDescription['share'], string>> = {
  instant: 'paid at once, as people come',
  'equal-capped': 'the same for all, less only for who wants less; coming early changes nothing',
  'pro-rata': 'by weight; coming early changes nothing',
  lottery: 'by lot; coming early changes nothing',
};

function chanceInWords(
  chance: NonNullable<ProgramDescription['chance']>,
  duration: ProgramTelling['duration'],
): string {
  if (chance.kind === 'drand') {
    return `the first round of drand ${duration(chance.stepMs)} after the seal, which nobody knows before`;
  }
  const rounds = chance.rounds === 1 ? 'one round' : `at most ${chance.rounds} rounds`;
  const where = chance.inLog ? ' in the log' : '';
  return `secrets of ${chance.parties.join(', ')}, revealed${where} after the seal in ${rounds}`;
}

function losses(description: ProgramDescription, { money: moneyOf, duration }: ProgramTelling): ProgramPart {
  const { staleEvidence, sloppyIssuer, onProbation, leakedKey, borneBy } = description.losses;
  const money = moneyOf(description.asset);
  const trial = onProbation === undefined ? '' : `; one on probation ${money(onProbation)} at most`;
  const { confirm, reserveMax } = description;
  const then = confirm.otherwise === 'post' ? 'paid' : 'taken back';
  const age = staleEvidence.finalUpToMs;
  const isGood = age === undefined ? '' : ` Evidence up to ${duration(age)} old counts as good.`;
  const issuer = sloppyIssuer.issuer === '' ? '' : `: ${sloppyIssuer.issuer}`;
  return {
    about: 'At worst',
    lines: [
      `stale evidence costs ${money(staleEvidence.atMost)}: at most ${money(reserveMax)} is reserved, and ${then}`,
      `when nobody confirms it in ${duration(confirm.withinMs)}.${isGood} Borne by the ${borneBy}.`,
      `One sloppy issuer costs ${money(sloppyIssuer.atMost)}${issuer}${trial}`,
      `One officer's leaked key ${leakedInWords(leakedKey, money)}`,
    ],
  };
}

function leakedInWords(leaked: ProgramDescription['losses']['leakedKey'], money: (amount: bigint) => string): string {
  if (leaked === undefined) return 'costs what the rulebook lets one officer do: say --rulebook FILE or URL';
  if (leaked.powers.length === 0) return `costs ${money(leaked.atMost)}: no power that moves money is anybody's alone`;
  return `costs ${money(leaked.atMost)}: alone it can ${leaked.powers.join(', ')}`;
}

function changes(description: ProgramDescription, { duration }: ProgramTelling): ProgramPart[] {
  const { release, amend, revise, suspend, renounced, kept } = description.changes;
  const { appealMs } = description;
  const returned = description.returned === 'next' ? 'goes to the next in the draw' : 'goes back to the budget';
  const appeal = appealMs === 0 ? 'nothing can be appealed' : `${duration(appealMs)} to appeal`;
  const revisable =
    revise === undefined
      ? ['nothing in these rules: once released, they are what the digest says']
      : [
          `these rules, until the window closes: ${quorumInWords(revise)}, after ${duration(revise.adverseMs)},`,
          `or ${duration(revise.favourableMs)} where it only helps; whoever has applied keeps what they applied under`,
        ];
  const freely = suspend?.atMostMs === undefined ? 'as long as they like' : duration(suspend.atMostMs);
  const others = [
    ...(release === undefined
      ? []
      : [`one payment (retried, cancelled, redirected, settled): ${quorumInWords(release)}, at once`]),
    ...(amend === undefined
      ? []
      : [`who may do that, and how old evidence may be: ${quorumInWords(amend)}, after ${duration(amend.noticeMs)}`]),
    ...(suspend === undefined
      ? []
      : [`whether one credential counts for now: ${quorumInWords(suspend)}, for ${freely}`]),
  ];
  const still = kept.length === 0 ? '' : `; not renounced: ${kept.join(', ')}`;
  return [
    { about: 'Can change', lines: [...revisable, ...others] },
    { about: 'Renounced', lines: [`${renounced.join(', ') || 'nothing'}${still}`] },
    {
      about: 'After',
      lines: [`${appeal}; lists are ${PUBLICATIONS[description.publication]}; what comes back ${returned}`],
    },
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

function grouped(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ',');
}
