import type { ProgramAnswer } from '@holdfast/server/answers';

/** One part of a budget: in words, how many people it is for, and how much, in minor units. */
export type MoneyPart = { readonly name: string; readonly people?: number; readonly total: bigint };

type State = keyof ProgramAnswer['payments'];

/** In the order in which money moves. What was returned is part of what is left, or of somebody else's. */
const HELD: readonly (readonly [State, string])[] = [
  ['planned', 'allotted'],
  ['reserved', 'reserved'],
  ['posted', 'paid'],
  ['carried', 'paid and sent on'],
];

/** All that money can be, in the order in which it moves. */
export const moneyStates: readonly string[] = [...HELD.map(([, name]) => name), 'left'];

/** Where a program's budget is: parts that add up to it. */
export function moneyOf({ program, payments }: Pick<ProgramAnswer, 'program' | 'payments'>): readonly MoneyPart[] {
  const held = HELD.flatMap(([state, name]) => {
    const sum = payments[state];
    return sum === undefined || sum.count === 0 ? [] : [{ name, people: sum.count, total: BigInt(sum.total) }];
  });
  const given = held.reduce((sum, { total }) => sum + total, 0n);
  return [...held, { name: 'left', total: BigInt(program.budget) - given }];
}
