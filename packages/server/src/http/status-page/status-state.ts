import { type NetworkState, type OpenHandoffs, openCases, owedNext, type Wording } from '@holdfast/core';

/** What anybody may know of how a network does: counts and times, nothing about anybody. Times in unix milliseconds. */
export type NetworkStatus = {
  readonly now: number;
  readonly title: Wording | string;
  readonly log: {
    /** `running`, or why it stands still. */
    readonly state: string;
    readonly size: number;
    readonly lastEpochAt: number;
    readonly tickMs: number;
  };
  /** How far each verifier had read; absent where it does not answer. */
  readonly verifiers: readonly { readonly name: string; readonly readAt?: number }[];
  readonly promises: Promises;
  readonly cases: CaseCounts;
  /** Pairs of answers on one credential that were compared; absent where a verifier did not answer. */
  readonly disagreements?: Disagreements;
};

/** Of what is on its way and has a date: how much, and how much of it is past that date. */
export type Promises = {
  readonly open: number;
  readonly overdue: number;
  readonly lateRevocations: number;
  /** Not everybody who may have promised something has answered: there may be more. */
  readonly isPartial?: boolean;
};
export type CaseCounts = {
  readonly open: number;
  /** Past their date, and still as they were: the log has not been told the time since. */
  readonly overdue: number;
  /** Deadlines that passed in silence and are not accounted for to the end. */
  readonly missed: number;
  /** Accounts of them that are late. */
  readonly unaccounted: number;
};
export type Disagreements = { readonly compared: number; readonly differing: number; readonly unexplained: number };

export function casesOf(state: Readonly<NetworkState>, now: number): CaseCounts {
  const open = openCases(state);
  // What is due happens with the next epoch: a few may be on their way.
  const graceMs = 3 * (state.rulebook?.body.tickMs ?? 0);
  const incidents = [...state.docket.incidents.values()];
  const owed = incidents.flatMap((incident) => owedNext(incident, state.time) ?? []);
  return {
    open: open.length,
    overdue: open.filter(({ dueAt }) => dueAt < now - graceMs).length,
    missed: owed.length,
    unaccounted: owed.filter(({ isLate }) => isLate).length,
  };
}

export function promisesOf({ handoffs }: OpenHandoffs, state: Readonly<NetworkState>, now: number): Promises {
  const dated = handoffs.filter(({ dueBy }) => dueBy !== undefined);
  const countOf = (group: typeof dated) => group.reduce((sum, { count }) => sum + count, 0);
  const late = [...state.late.values()].flat();
  return {
    open: countOf(dated),
    overdue: countOf(dated.filter(({ dueBy = now }) => dueBy < now)),
    lateRevocations: late.reduce((sum, { count }) => sum + count, 0),
  };
}
