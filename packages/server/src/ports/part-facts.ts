import type { OverviewFacts } from '@holdfast/core';

/** What a role can say of itself for an overview; what follows from the log its reader knows as well. */
export const TOLD_FACTS = [
  'silent',
  'parts',
  'disk',
  'log',
  'witnesses',
  'frauds',
  'ledger',
  'ledgerHolds',
  'lists',
  'unaccredited',
  'backlogs',
  'handoffs',
  'outlets',
  'keys',
] as const satisfies readonly (keyof OverviewFacts)[];

export type ToldFacts = Partial<Pick<OverviewFacts, (typeof TOLD_FACTS)[number]>> & {
  /** Crossings beyond those listed. */
  readonly moreHandoffs?: number;
};

/**
 * A role of the network as it sees itself, for whoever looks at what is wrong. Nothing in it is about a person: parts, parties,
 * programs, cases and counts are named.
 * Durability: none. Consistency: of about now; what is dear to read may be half a minute old. Idempotency: reading changes nothing.
 * Concurrency: any; many who ask at once cost one reading. Retries: the caller, later: who does not answer, or not with what was
 * asked for, throws `part.unreachable`, and is silent until it does.
 */
export interface PartFacts {
  readonly part: string;
  read(): Promise<ToldFacts>;
}
