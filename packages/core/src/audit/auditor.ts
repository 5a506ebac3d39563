import { type Applied, apply } from '../fold/fold.ts';
import type { NetworkState, Refusal } from '../fold/state.ts';
import type { StatementParse } from '../fold/statement.ts';
import type { DecisionOpenings } from '../governance/approval.ts';
import { decisionDigest } from '../governance/decision.ts';
import type { AuditedDecision, AuditedEntry, AuditFinding, AuditRule } from './audit-rule.ts';
import { AUDIT_RULES } from './audit-rules.ts';
import { decisionsNamedBy } from './carrying-rules.ts';

/** Findings and refused entries that are kept one by one; further ones are counted. */
const MAX_LISTED = 1000;

/** An entry that changed nothing, and why. */
export type RefusedEntry = { readonly index: number; readonly why: Refusal; readonly type: string };

export type AuditorReport = {
  /** What does not hold, in the order of the log; at most 1000, `counts` says how many there are. */
  readonly broken: readonly AuditFinding[];
  /** What holds and should be looked at. */
  readonly signs: readonly AuditFinding[];
  readonly refused: readonly RefusedEntry[];
  readonly counts: { readonly broken: number; readonly signs: number; readonly refused: number };
  /** Decisions in force, and for how many of them their openings were there to compare. */
  readonly decisions: number;
  readonly opened: number;
  /** Of these, those of which something was erased since: what it was signed as still holds. */
  readonly erased: number;
};

export type AuditorOptions = {
  /** Default all rules. */
  readonly rules?: readonly AuditRule[];
  readonly openingsOf?: (digest: string) => DecisionOpenings | undefined;
  /** The fold that is looked at; default ours. */
  readonly fold?: typeof apply;
};

/**
 * Looks over a fold's shoulder. `apply` folds one entry as core's `apply` does; whoever has to fold entries again (because a
 * signature had not been asked for) calls it again, and `note` says when an entry is done with. In memory: the decisions
 * since the last epoch, and what is reported.
 */
export type Auditor = {
  readonly apply: typeof apply;
  readonly note: (applied: Applied) => void;
  readonly report: () => AuditorReport;
  /** The state that the last entry left; undefined before the first. */
  readonly state: () => NetworkState | undefined;
};

export function createAuditor(options: AuditorOptions = {}): Auditor {
  const { rules = AUDIT_RULES, openingsOf = () => undefined, fold = apply } = options;
  /** At most those of the entries between being looked at and being folded: one step of the reader. */
  const found = new Map<
    number,
    { readonly findings: readonly AuditFinding[]; readonly type: string; readonly openings?: DecisionOpenings }
  >();
  const decisions = new Map<string, AuditedDecision>();
  const lists: Record<'broken' | 'signs', AuditFinding[]> = { broken: [], signs: [] };
  const refused: RefusedEntry[] = [];
  let folded: NetworkState | undefined;
  const counts = { broken: 0, signs: 0, refused: 0, decisions: 0, opened: 0, erased: 0 };

  function audit(state: NetworkState, parse: StatementParse, results: readonly boolean[]): Applied {
    folded = state;
    const index = state.tree.size;
    if (!parse.ok) return keep(index, fold(state, parse, results), [], 'none');
    const entry: AuditedEntry = { index, statement: parse.statement, results, decisions, openingsOf };
    const looks = rules.map(({ name, look }) => ({ name, judge: look(entry, state) }));
    const digest = remembered(state, parse);
    const applied = fold(state, parse, results);
    const findings = looks.flatMap(({ name, judge }) =>
      (judge?.(applied, state) ?? []).map((problem) => ({ entry: index, rule: name, ...problem })),
    );
    const { body } = parse.statement;
    if (applied.ok) remember(decisions, entry, digest);
    const openings = digest !== undefined && applied.ok ? openingsOf(digest) : undefined;
    return keep(index, applied, findings, body.type === 'unknown' ? body.named : body.type, openings);
  }

  function keep(
    index: number,
    applied: Applied,
    findings: readonly AuditFinding[],
    type: string,
    openings?: DecisionOpenings,
  ): Applied {
    found.set(index, { findings, type, ...(openings === undefined ? {} : { openings }) });
    return applied;
  }

  return {
    apply: audit,
    note(applied) {
      const looked = found.get(applied.index);
      found.delete(applied.index);
      const { findings = [], type = 'none', openings } = looked ?? {};
      if (type === 'decision' && applied.ok) counts.decisions += 1;
      if (openings !== undefined) counts.opened += 1;
      if ((openings?.erased ?? []).length > 0) counts.erased += 1;
      for (const finding of findings) {
        const grade = finding.grade === 'broken' ? 'broken' : 'signs';
        counts[grade] += 1;
        if (lists[grade].length < MAX_LISTED) lists[grade].push(finding);
      }
      if (applied.ok) return;
      counts.refused += 1;
      if (refused.length < MAX_LISTED) refused.push({ index: applied.index, why: applied.why, type });
    },
    state: () => folded,
    report: () => {
      const { decisions: decided, opened, erased, ...counted } = counts;
      return { ...lists, refused, counts: counted, decisions: decided, opened, erased };
    },
  };
}

/** Of a decision its digest, which the network's name is part of; before the entry, as only then the name is certain. */
function remembered(state: Readonly<NetworkState>, parse: StatementParse): string | undefined {
  if (!parse.ok || parse.statement.body.type !== 'decision') return undefined;
  return decisionDigest({ ...parse.statement.body, genesis: state.name });
}

/** A decision stands until the next epoch: what was not carried out by then never is. */
function remember(decisions: Map<string, AuditedDecision>, { statement, index }: AuditedEntry, digest?: string): void {
  const { body } = statement;
  if (body.type === 'epoch') decisions.clear();
  else if (body.type === 'decision' && digest !== undefined) decisions.set(digest, { index, body });
  else if (body.type !== 'unknown') {
    for (const named of decisionsNamedBy(body)) {
      const decision = decisions.get(named);
      if (decision !== undefined) decisions.set(named, { ...decision, carriedBy: index });
    }
  }
}
