import type { Applied } from '../fold/fold.ts';
import type { NetworkState } from '../fold/state.ts';
import type { Statement, StatementOf } from '../fold/statement.ts';
import type { DecisionOpenings } from '../governance/approval.ts';

/** A decision of the log since its last epoch, and the entry that carried it out. */
export type AuditedDecision = {
  readonly index: number;
  readonly body: StatementOf<'decision'>;
  readonly carriedBy?: number;
};

/** What an auditor knows of one entry beside the state. */
export type AuditedEntry = {
  readonly index: number;
  readonly statement: Statement;
  /** Answers to `statementChecks`: the entry's own signature, then one for each approval that `officerApprovals` finds. */
  readonly results: readonly boolean[];
  /** By digest, as this auditor has read them: not what the fold remembers. */
  readonly decisions: ReadonlyMap<string, AuditedDecision>;
  /** What the digests of a decision stand for, where the auditor was given it. */
  readonly openingsOf: (digest: string) => DecisionOpenings | undefined;
};

/** Something that does not hold, or (`sign`) that holds and that somebody should look at. */
export type AuditProblem = {
  readonly grade: 'broken' | 'sign';
  /** Who has to answer for it, in words. */
  readonly who: string;
  readonly detail: string;
};

export type AuditFinding = AuditProblem & { readonly entry: number; readonly rule: string };

/**
 * One law that every entry of a log keeps. Pure, and a second reading of the rules: it takes no conclusion of the fold's,
 * so that a wrong fold is found out. `look` reads the state before the entry and keeps what it needs of it, because the fold
 * changes that state in place; what it returns is asked once the fold has decided. Undefined for entries it says nothing
 * about.
 */
export type AuditRule = {
  readonly name: string;
  readonly look: (
    entry: AuditedEntry,
    before: Readonly<NetworkState>,
  ) => ((applied: Applied, after: Readonly<NetworkState>) => readonly AuditProblem[]) | undefined;
};

/** What has to be so, and the words for it when it is not. */
export type Condition = readonly [isSo: boolean, detail: string];

/** Problems of an entry that had an effect: one that the fold refused has none, and is listed by its reason. */
export function brokenWhere(who: string, conditions: readonly Condition[]): (applied: Applied) => AuditProblem[] {
  const wrong = conditions.filter(([isSo]) => !isSo);
  return (applied) => (applied.ok ? wrong.map(([, detail]) => ({ grade: 'broken', who, detail })) : []);
}

export const GOVERNOR = 'the governor, who signed it, and the network, which let it in';
