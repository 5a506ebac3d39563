import type { ScenarioFigures, ScenarioReport } from '@holdfast/rehearsal';
import { formatDuration } from '../output.ts';
import { moneyIn } from '../program/words.ts';

/** One figure over several seeds: the smallest, the middle and the largest. */
export type Range = { readonly least: string; readonly middle: string; readonly most: string };

type Figure = {
  readonly name: string;
  readonly says: string;
  readonly of: (figures: ScenarioFigures) => bigint;
  readonly unit: 'people' | 'money' | 'time' | 'count';
};

const FIGURES: readonly Figure[] = [
  { name: 'paidPeople', says: 'Paid, people', unit: 'people', of: ({ paid }) => BigInt(paid.people) },
  { name: 'paidAmount', says: 'Paid', unit: 'money', of: ({ paid }) => BigInt(paid.amount) },
  {
    name: 'refused',
    says: 'Refused',
    unit: 'people',
    of: ({ refused }) => BigInt(Object.values(refused).reduce((a, b) => a + b, 0)),
  },
  {
    name: 'paidAfterP50Ms',
    says: 'There: half of them',
    unit: 'time',
    of: ({ paidAfterMs }) => BigInt(paidAfterMs?.p50 ?? 0),
  },
  {
    name: 'paidAfterP99Ms',
    says: 'There: 99 of 100',
    unit: 'time',
    of: ({ paidAfterMs }) => BigInt(paidAfterMs?.p99 ?? 0),
  },
  {
    name: 'wrongPeople',
    says: 'Paid wrongly, people',
    unit: 'people',
    of: ({ wrong }) => BigInt(Object.values(wrong).reduce((all, one) => all + one.people, 0)),
  },
  {
    name: 'wrongAmount',
    says: 'Paid wrongly',
    unit: 'money',
    of: ({ wrong }) => Object.values(wrong).reduce((all, one) => all + BigInt(one.amount), 0n),
  },
  { name: 'payments', says: 'Payments decided by hand', unit: 'count', of: ({ hands }) => BigInt(hands.payments) },
  { name: 'lawsBroken', says: 'Laws broken', unit: 'count', of: ({ broken }) => BigInt(broken.length) },
];

export type ScenarioRanges = Readonly<Record<string, { readonly calm: Range; readonly scenario: Range }>>;

export function rangesOf(reports: readonly ScenarioReport[]): ScenarioRanges {
  const over = (of: (report: ScenarioReport) => bigint): Range => {
    const sorted = reports.map(of).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const at = (index: number) => `${sorted[index] ?? 0n}`;
    return { least: at(0), middle: at(Math.floor((sorted.length - 1) / 2)), most: at(sorted.length - 1) };
  };
  return Object.fromEntries(
    FIGURES.map(({ name, of }) => [
      name,
      { calm: over(({ calm }) => of(calm)), scenario: over(({ scenario }) => of(scenario)) },
    ]),
  );
}

/** From the least to the most that any seed came to, the middle one between them. */
export function wordsOfRanges(reports: readonly ScenarioReport[]): string[] {
  const [first] = reports;
  if (first === undefined) return [];
  const ranges = rangesOf(reports);
  const { asset } = first.program;
  return [
    `${first.title}: ${first.program.title} (${first.program.id}), ${reports.length} seeds; least, middle, most of each`,
    '',
    `${''.padEnd(26)}${'calm'.padStart(38)}${'scenario'.padStart(38)}`,
    ...FIGURES.flatMap(({ name, says, unit }) => {
      const range = ranges[name];
      const say = (amount: string) =>
        unit === 'money' ? moneyIn(asset)(BigInt(amount)) : unit === 'time' ? formatDuration(Number(amount)) : amount;
      const all = ({ least, middle, most }: Range) => [least, middle, most].map(say).join(', ').padStart(38);
      return range === undefined ? [] : [`${says.padEnd(26)}${all(range.calm)}${all(range.scenario)}`];
    }),
  ];
}
