import type { CaseAct, CaseTarget } from '../cases/act.ts';
import { type CaseRecord, type CaseStage, isHolding, isOpen } from '../cases/case-record.ts';
import { stepApprovals } from '../fold/cases.ts';
import { decidersOf } from '../fold/docket.ts';
import { changeKey, type NetworkState } from '../fold/state.ts';
import type { StatementOf } from '../fold/statement.ts';
import {
  type AuditedEntry,
  type AuditProblem,
  type AuditRule,
  brokenWhere,
  type Condition,
  GOVERNOR,
} from './audit-rule.ts';

/** Every step of a case is in its stage, by enough officers who had no part in what they judge; each case has its clock. */
export const caseRule: AuditRule = {
  name: 'case',
  look: (entry, before) => {
    const { body } = entry.statement;
    if (body.type === 'case') return brokenWhere(GOVERNOR, conditionsOfStep(body, entry, before));
    return body.type === 'epoch' ? clocksAt(body.time, before) : undefined;
  },
};

const STAGES_OF: Readonly<Record<Exclude<CaseAct['act'], 'open' | 'join' | 'hold'>, readonly CaseStage[]>> = {
  triage: ['filed'],
  advance: ['triaged'],
  answer: ['answer'],
  extend: ['answer'],
  find: ['review', 'appeal'],
  appeal: ['decided'],
  withdraw: ['filed'],
};

function conditionsOfStep(
  body: StatementOf<'case'>,
  { results }: AuditedEntry,
  before: Readonly<NetworkState>,
): Condition[] {
  const { step } = body;
  const known = before.docket.cases.get(body.case);
  const record = known === undefined ? undefined : barred(before, known, step);
  if (step.act === 'open') {
    return [
      [record === undefined, `The case ${body.case} is there already.`],
      [!before.docket.open.has(step.subject), 'Another case about the same is open.'],
      [before.rulebook?.body.cases !== undefined, 'The rulebook has no cases.'],
    ];
  }
  if (record === undefined) return [[false, `There is no case ${body.case}.`]];
  const stages = step.act === 'join' || step.act === 'hold' ? undefined : STAGES_OF[step.act];
  const inStage: Condition = [
    stages === undefined ? isOpen(record) : stages.includes(record.stage),
    `A step (${step.act}) comes when the case is ${record.stage}.`,
  ];
  if (!('approvals' in step)) return [inStage];
  const officers = [
    ...new Set(stepApprovals(before, body).flatMap(({ officer }, i) => (results[i + 1] === true ? [officer] : []))),
  ];
  return [inStage, ...conditionsOfOfficers(record, step.act, officers)];
}

/** Who took the decisions that the target stands under, read here once more from what each of them left. */
function barred(before: Readonly<NetworkState>, record: CaseRecord, step: CaseAct): CaseRecord {
  const named = 'target' in step ? step.target : undefined;
  const target = record.target ?? named;
  if (target === undefined) return record;
  const own = record.terms.barsDecidersOf === undefined ? [] : officersOfHouse(before, target);
  return { ...record, conflicted: [...record.conflicted, ...own, ...decidedBy(before, record, target)] };
}

function decidedBy(before: Readonly<NetworkState>, { terms, target: known }: CaseRecord, target: CaseTarget): string[] {
  if (known !== undefined) return [];
  const who = (key: string) => (before.docket.hands.get(key) ?? []).map(([officer]) => officer);
  const isBarred = (subject: 'issuer' | 'program' | 'payment') => terms.barsDecidersOf?.includes(subject) === true;
  if (target.of === 'issuer') return isBarred('issuer') ? who(`issuer ${target.party}`) : [];
  if (target.of === 'program') return isBarred('program') ? who(`program ${target.program}`) : [];
  if (target.of === 'payment') return isBarred('payment') ? who(`payment ${target.digest}`) : [];
  if (target.of === 'application' || terms.barsDeciders === undefined) return [];
  const { list, index } = target;
  const change = before.changes.get(changeKey(list, index)) ?? before.lists.get(list)?.compromised;
  return (change?.decisions ?? []).flatMap((decision) => decidersOf(before.docket, decision));
}

/** Officers who belong to the issuer, or the organiser, whose it is. */
function officersOfHouse({ parties, lists, programs }: Readonly<NetworkState>, target: CaseTarget): string[] {
  const organiser = 'program' in target ? programs.get(target.program)?.program.organiser : undefined;
  const owner = 'list' in target ? lists.get(target.list)?.issuer : 'party' in target ? target.party : organiser;
  return [...parties.values()]
    .filter(({ id, of }) => owner !== undefined && (of === owner || id === owner))
    .map(({ id }) => id);
}

function conditionsOfOfficers(record: CaseRecord, act: CaseAct['act'], officers: readonly string[]): Condition[] {
  const { track, hold } = record.terms;
  const partial = officers.filter((officer) => !record.conflicted.includes(officer));
  const fresh = act === 'find' ? partial.filter((officer) => !record.acted.includes(officer)) : partial;
  const asked = record.stage === 'review' && act === 'find' && record.asked !== undefined && record.asked.length > 0;
  const able = asked ? fresh.filter((officer) => record.asked?.includes(officer)) : fresh;
  const [review, appeal] = [record.asked?.length === 0 ? 1 : track.review.quorum, track.appeal.quorum];
  const finding = record.stage === 'appeal' ? appeal : review;
  const needed = act === 'find' ? finding : act === 'hold' ? (hold?.quorum ?? Number.MAX_SAFE_INTEGER) : 1;
  const words = act === 'find' ? ' who had no part in it and were asked' : '';
  return [[able.length >= needed, `${able.length} of ${needed} officers${words} took this step (${act}).`]];
}

/** What silence makes of each case is nobody's to do, and nobody's to leave undone. */
function clocksAt(time: number, before: Readonly<NetworkState>): ReturnType<AuditRule['look']> {
  const { docket } = before;
  if (docket.cases.size === 0) return undefined;
  const due = [...docket.open.values()].flatMap((id) => {
    const record = docket.cases.get(id);
    if (record === undefined) return [];
    const dueAt = dueWithOutage(record, before.time === 0 ? 0 : time - before.time);
    return dueAt <= time ? [{ record, dueAt }] : [];
  });
  const known = new Set(docket.incidents.keys());
  return (applied, after) => (applied.ok ? problemsOfClocks({ time, due, known }, after) : []);
}

/** The network was away: nobody loses time by it. */
function dueWithOutage({ dueAt, terms: { outage } }: CaseRecord, awayMs: number): number {
  return awayMs > outage.gapMs ? dueAt + awayMs + outage.graceMs : dueAt;
}

type Clocks = {
  readonly time: number;
  readonly due: readonly { readonly record: CaseRecord; readonly dueAt: number }[];
  readonly known: ReadonlySet<string>;
};

const FOLD = 'the network, whose epoch it is';
/** Stages whose silence is always somebody's omission. */
const OMISSIONS: ReadonlySet<CaseStage> = new Set(['filed', 'review', 'appeal']);

function problemsOfClocks({ time, due, known }: Clocks, after: Readonly<NetworkState>): AuditProblem[] {
  const { docket } = after;
  const wrong: Condition[] = [];
  const subjects = new Map<string, string>();
  for (const record of docket.cases.values()) {
    const { id, subject, dueAt, hold } = record;
    if (!isOpen(record)) continue;
    wrong.push([dueAt > time, `The case ${id} is still ${record.stage}, which ended at ${dueAt}.`]);
    wrong.push([hold === undefined || hold.until > time, `The hold of case ${id} ended at ${hold?.until}.`]);
    wrong.push([!subjects.has(subject), `The cases ${subjects.get(subject)} and ${id} are about the same.`]);
    subjects.set(subject, id);
  }
  for (const { record, dueAt } of due) {
    if (!OMISSIONS.has(record.stage) || docket.touched.has(record.id)) continue;
    const incident = `${record.id} ${record.stage} ${dueAt}`;
    wrong.push([docket.incidents.has(incident), `Nobody answers for the missed deadline of case ${record.id}.`]);
  }
  for (const [key, id] of docket.held) {
    const record = docket.cases.get(id);
    wrong.push([record !== undefined && isHolding(record), `Place ${key} is held for no case.`]);
  }
  for (const record of docket.cases.values()) if (!isOpen(record)) wrong.push(...effectOf(record, after));
  return [
    ...wrong.filter(([isSo]) => !isSo).map(([, detail]) => ({ grade: 'broken' as const, who: FOLD, detail })),
    ...[...docket.incidents.values()]
      .filter(({ id }) => !known.has(id))
      .map(({ case: of, stage, owner, dueAt }) => ({
        grade: 'sign' as const,
        who: owner,
        detail: `${of === undefined ? 'An incident' : `Case ${of}`}: what was due at ${dueAt} (${stage}) was not done.`,
      })),
  ];
}

/** What was found for good has taken effect, with no click of anybody. */
function effectOf({ id, finding, target, remedy }: CaseRecord, after: Readonly<NetworkState>): Condition[] {
  if (finding?.upheld !== true || target?.of !== 'credential' || remedy !== 'revoke') return [];
  const list = after.lists.get(target.list);
  const value = list?.values[target.index];
  const place = changeKey(target.list, target.index);
  return [[value === undefined || value === 1, `Case ${id} was upheld for good, and ${place} is not revoked.`]];
}
