import type { ScenarioFigures, ScenarioReport, WrongFigure } from '@holdfast/rehearsal';
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
    of: ({ wrong }) => BigInt(wronged(wrong).reduce((all, one) => all + one.people, 0)),
  },
  {
    name: 'wrongAmount',
    says: 'Paid wrongly',
    unit: 'money',
    of: ({ wrong }) => wronged(wrong).reduce((all, one) => all + BigInt(one.amount), 0n),
  },
  { name: 'payments', says: 'Payments decided by hand', unit: 'count', of: ({ hands }) => BigInt(hands.payments) },
  { name: 'lawsBroken', says: 'Laws broken', unit: 'count', of: ({ broken }) => BigInt(broken.length) },
];

/** What was right when it was paid is not among it. */
function wronged({ 'revoked-later': _right, ...wrong }: ScenarioFigures['wrong']): WrongFigure[] {
  return Object.values(wrong);
}

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
  const line = (label: string, side: string, cells: readonly string[]) =>
    `${label.padEnd(26)}${side.padEnd(10)}${cells.map((cell) => `  ${cell}`.padStart(20)).join('')}`;
  return [
    `${first.title}: ${first.program.title} (${first.program.id}), ${reports.length} seeds`,
    '',
    line('', '', ['least', 'middle', 'most']),
    ...FIGURES.flatMap(({ name, says, unit }) => {
      const range = ranges[name];
      if (range === undefined) return [];
      const say = (amount: string) => sayIn(unit, amount, asset);
      const cells = ({ least, middle, most }: Range) => [least, middle, most].map(say);
      return [line(says, 'calm', cells(range.calm)), line('', 'scenario', cells(range.scenario))];
    }),
  ];
}

function sayIn(unit: Figure['unit'], amount: string, asset: ScenarioReport['program']['asset']): string {
  if (unit === 'money') return moneyIn(asset)(BigInt(amount));
  return unit === 'time' ? formatDuration(Number(amount)) : amount;
}
