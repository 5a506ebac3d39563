import type { OutcomesAnswer, ProgramAnswer } from '@holdfast/server/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/ask.ts';

/** Pages of a thousand that are read: what is beyond is told, and counted from the log. */
const MAX_PAGES = 20;

export type Outcomes = Pick<OutcomesAnswer, 'admitted' | 'refused'> & {
  /** There are more than were read. */
  readonly isCut: boolean;
};

/** What became of everybody who applied, as whoever runs the program has it. Read again when something has moved. */
export function outcomesOf({ program, entries, payments, applications }: ProgramAnswer) {
  const moved = JSON.stringify([entries, payments, applications]);
  return queryOptions({
    queryKey: ['outcomes', program.id, moved],
    queryFn: () => readOutcomes(program.id),
    staleTime: Number.POSITIVE_INFINITY,
    // What was there stays on the screen while it is read again.
    placeholderData: (before: Outcomes | undefined) => before,
  });
}

async function readOutcomes(program: string): Promise<Outcomes> {
  const path = `/programs/${encodeURIComponent(program)}/outcomes`;
  const pages: OutcomesAnswer[] = [];
  let after: string | undefined;
  do {
    const page = await ask<OutcomesAnswer>(after === undefined ? path : `${path}?after=${after}`);
    pages.push(page);
    after = page.next;
  } while (after !== undefined && pages.length < MAX_PAGES);
  return {
    admitted: pages.flatMap(({ admitted }) => admitted),
    refused: pages.flatMap(({ refused }) => refused),
    isCut: after !== undefined,
  };
}

/** How many were refused for each reason, most first. */
export type RefusalCount = { readonly code: string; readonly count: number };

export function countRefusals(refused: Outcomes['refused']): readonly RefusalCount[] {
  const counts = new Map<string, number>();
  for (const { code } of refused) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}

/** People by what they get: each amount that occurs, or where there are many, equal steps from the least to the most. */
export type AmountGroup = {
  readonly from: bigint;
  readonly to: bigint;
  readonly people: number;
  readonly total: bigint;
};

export function groupAmounts(amounts: readonly bigint[], most = 12): readonly AmountGroup[] {
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const distinct = [...new Set(sorted)];
  const [least = 0n, greatest = 0n] = [distinct[0], distinct.at(-1)];
  if (distinct.length <= most) {
    return distinct.map((amount) => {
      const people = sorted.filter((one) => one === amount).length;
      return { from: amount, to: amount, people, total: amount * BigInt(people) };
    });
  }
  const step = (greatest - least) / BigInt(most) + 1n;
  return Array.from({ length: most }, (_, i) => {
    const from = least + step * BigInt(i);
    const to = from + step - 1n;
    const inside = sorted.filter((amount) => amount >= from && amount <= to);
    return {
      from,
      to: to > greatest ? greatest : to,
      people: inside.length,
      total: inside.reduce((sum, one) => sum + one, 0n),
    };
  }).filter(({ people }) => people > 0);
}
