import { canonicalJson } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import type { StatementBody, StatementOf } from '../fold/statement.ts';
import type { DecisionOpenings } from '../governance/approval.ts';
import { bindingDigest, decisionDigest, openedRoot, type SaltedLeaf } from '../governance/decision.ts';
import { type AuditedEntry, type AuditRule, brokenWhere, type Condition, GOVERNOR } from './audit-rule.ts';
import { decisionsNamedBy } from './carrying-rules.ts';

/** What was opened to the auditor is what the officers signed, and what was carried out is what they had in mind. */
export const openingsRule: AuditRule = {
  name: 'openings',
  look: (entry, before) => {
    const { body } = entry.statement;
    if (body.type === 'decision') {
      const openings = entry.openingsOf(decisionDigest({ ...body, genesis: before.name }));
      return openings === undefined ? undefined : brokenWhere(GOVERNOR, conditionsOfDecision(body, openings));
    }
    if (body.type === 'unknown') return undefined;
    const conditions = conditionsOfEffect(body, entry);
    return conditions.length === 0 ? undefined : brokenWhere(GOVERNOR, conditions);
  },
};

function conditionsOfDecision(
  { targets, parameters }: StatementOf<'decision'>,
  openings: DecisionOpenings,
): Condition[] {
  const bound = (name: 'party' | 'rulebook' | 'program' | 'instruction' | 'recognition'): Condition => {
    const value = openings[name];
    const isSo = value === undefined || parameters[name] === bindingDigest(value);
    return [isSo, `The opened ${name} is not the one that was approved.`];
  };
  const gone = (openings.erased ?? []).filter(({ kind }) => kind === 'target').length;
  return [
    [
      targets.count === openings.targets.length + gone,
      `${openings.targets.length} targets are opened, and it has ${targets.count}.`,
    ],
    [isRoot(targets.root, 'target', openings), 'The opened targets are not those that were approved.'],
    [isRoot(parameters.reasons, 'reason', openings), 'The opened reasons are not those that were approved.'],
    [isRoot(parameters.evidence, 'evidence', openings), 'The opened evidence is not what was approved.'],
    ...(['party', 'rulebook', 'program', 'instruction', 'recognition'] as const).map(bound),
  ];
}

const MEMBER_OF = { target: 'targets', reason: 'reasons', evidence: 'evidence' } as const;

/** An absent root stands for no leaves: a decision may give no reasons where its rulebook asks for none. */
function isRoot(root: unknown, kind: SaltedLeaf['kind'], openings: DecisionOpenings): boolean {
  const leaves = openings[MEMBER_OF[kind]];
  if (root === undefined && leaves.length === 0) return true;
  try {
    return leaves.every((leaf) => leaf.kind === kind) && openedRoot(kind, leaves, openings.erased) === root;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
}

/** Only where every decision of the statement was opened: which change belongs to which is not said. */
function conditionsOfEffect(body: StatementBody, { decisions, openingsOf }: AuditedEntry): Condition[] {
  const digests = decisionsNamedBy(body).filter((digest) => decisions.has(digest));
  const opened = digests.flatMap((digest) => openingsOf(digest) ?? []);
  if (digests.length === 0 || opened.length !== digests.length) return [];
  const values = opened.flatMap(({ targets }) => targets.map(({ value }) => value));
  if (body.type === 'status') {
    const changed = body.changes.map(({ list, index }) => ({ list, index }));
    // What was erased is not known any more: what is left has to be among what changed.
    const isErased = opened.some(({ erased = [] }) => erased.some(({ kind }) => kind === 'target'));
    const holds = isErased ? isPart(values, changed) : areSame(changed, values);
    return [[holds, 'It changes other places than those that the officers decided about.']];
  }
  if (body.type !== 'party') return [];
  if (values.length === 0 && opened.some(({ erased = [] }) => erased.length > 0)) return [];
  return [[areSame([{ party: body.party.id }], values), 'It is about another party than the officers decided about.']];
}

function isPart(some: readonly unknown[], all: readonly unknown[]): boolean {
  const known = new Set(all.map((value) => canonicalJson(value)));
  return some.every((value) => known.has(canonicalJson(value)));
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  const sorted = (values: readonly unknown[]) =>
    values
      .map((value) => canonicalJson(value))
      .sort()
      .join('\n');
  return sorted(a) === sorted(b);
}
