import type { Asset, Handoff } from '@holdfast/core';
import type { Waiting } from './money-state.ts';

/** One role lists at most this many handovers of a kind: where they are so many, there may be more. */
const MOST_LISTED = 1000;

export type WaitingNames = {
  /** The asset of a program that is known here. */
  readonly assetOf: (program: string) => Asset | undefined;
  /** The program that a handoff belongs to. */
  readonly programOf: (handoff: Handoff) => string | undefined;
  /** Of a party or role, for people. */
  readonly nameOf: (owner: string) => string;
};

/**
 * Everything that is on its way, by what it waits for: a page for everybody counts people and money, and names no
 * application, payment or decision.
 */
export function groupHandoffs(handoffs: readonly Handoff[], names: WaitingNames): Waiting[] {
  const groups = new Map<string, Handoff[]>();
  for (const handoff of handoffs) {
    const kind = JSON.stringify([handoff.what, names.programOf(handoff), handoff.owner, handoff.next]);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [handoff]);
    else group.push(handoff);
  }
  return [...groups.values()].flatMap((group) => groupOf(group, names)).sort((a, b) => a.since - b.since);
}

function groupOf(group: readonly Handoff[], { assetOf, programOf, nameOf }: WaitingNames): Waiting[] {
  const [first] = group;
  if (first === undefined) return [];
  const program = programOf(first);
  const asset = program === undefined ? undefined : assetOf(program);
  const total = group.reduce((sum, { amount = 0n }) => sum + amount, 0n);
  const due = group.flatMap(({ dueBy }) => (dueBy === undefined ? [] : [dueBy]));
  return [
    {
      what: first.what,
      ...(program === undefined ? {} : { program }),
      owner: nameOf(first.owner),
      next: first.next,
      count: group.reduce((sum, { count }) => sum + count, 0),
      isMore: group.length >= MOST_LISTED,
      ...(asset === undefined || total === 0n ? {} : { amount: { total, asset } }),
      since: Math.min(...group.map(({ since }) => since)),
      ...(due.length === 0 ? {} : { dueBy: Math.min(...due) }),
    },
  ];
}
