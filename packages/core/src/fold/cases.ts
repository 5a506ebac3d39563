import { type CaseAct, caseActDigest } from '../cases/act.ts';
import { type CaseRecord, type CaseTerms, isOpen, ownerOfCase } from '../cases/case-record.ts';
import { actOn, type Reclassed } from '../cases/course.ts';
import { type Incident, reportOn } from '../cases/incident.ts';
import { canonicalJson } from '../encoding/json.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { isCodedError } from '../errors.ts';
import { parseApproval } from '../governance/decision.ts';
import { type CaseRules, type CaseSubject, ownerOf, type Remedy, trackOf } from '../rulebook/case-rules.ts';
import { grantOf, type Rulebook } from '../rulebook/rulebook.ts';
import { keysInForce, type OfficerApproval, officerApprovals } from './authority.ts';
import { withDeciders } from './conflicts.ts';
import { decidersOf, setCase } from './docket.ts';
import type { NetworkState, Refusal } from './state.ts';
import type { Party, StatementOf } from './statement.ts';

/** Most incidents that are not closed; further ones that the governor reports have to wait. */
export const MAX_OPEN_INCIDENTS = 10_000;

/** What signatures on a step of a case are over, under the state now; undefined for steps that nobody has to sign. */
function digestOf(state: NetworkState, body: StatementOf<'case'>): string {
  const step = state.docket.cases.get(body.case)?.acts ?? 0;
  return caseActDigest({ genesis: state.name, case: body.case, step, act: body.step });
}

/** The approvals of a step by officers who are there, in the order of the text. */
export function stepApprovals(state: NetworkState, body: StatementOf<'case'>): OfficerApproval[] {
  if (!('approvals' in body.step)) return [];
  return officerApprovals(state, { approvals: body.step.approvals }, digestOf(state, body));
}

/** The signature of a respondent that is a party, to be verified under its statement key. */
export function respondentCheck(state: NetworkState, body: StatementOf<'case'>): SignatureCheck | undefined {
  const { step } = body;
  const respondent = state.parties.get(state.docket.cases.get(body.case)?.respondent ?? '');
  if (step.act !== 'answer' || step.signed === undefined || respondent === undefined) return undefined;
  try {
    const approval = parseApproval(step.signed);
    const key = keysInForce(respondent, 'statement', state.time).find((each) => thumbprint(each) === approval.kid);
    if (key === undefined || approval.digest !== digestOf(state, body)) return undefined;
    return signatureCheck(approval.jws, key);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

/** What has been verified of a step: whose approvals count, and whether the respondent signed. */
type Signed = { readonly approvals: readonly OfficerApproval[]; readonly isSigned: boolean };

/** A step in a case: legal now, or on record without effect. What it leads to is carried out at the next epoch. */
export function applyCase(
  state: NetworkState,
  body: StatementOf<'case'>,
  entry: number,
  signed: Signed,
): Refusal | undefined {
  const { docket } = state;
  const { step } = body;
  const known = docket.cases.get(body.case);
  if (step.act === 'open') return known === undefined ? open(state, body.case, step, entry) : 'case-exists';
  if (known === undefined) return 'case-unknown';
  const record = withDeciders(state, known, step);
  const next = actOn(record, step, {
    time: state.time,
    officers: officersFor(state, record, step, signed.approvals),
    isSigned: signed.isSigned || !state.parties.has(record.respondent ?? ''),
    reclassed: step.act === 'triage' ? reclassed(state, record, step) : undefined,
  });
  if (typeof next === 'string') return next;
  if (next.target !== record.target && isTaken(state, next)) return 'case-target';
  setCase(docket, next);
  return undefined;
}

/** Whether another open case is about the very same thing, under another handle: one of them would undo the other. */
function isTaken({ docket }: NetworkState, { id, target }: CaseRecord): boolean {
  const named = canonicalJson(target ?? null);
  return [...docket.cases.values()].some(
    (other) => other.id !== id && isOpen(other) && other.target !== undefined && canonicalJson(other.target) === named,
  );
}

function open(
  state: NetworkState,
  id: string,
  act: Extract<CaseAct, { act: 'open' }>,
  entry: number,
): Refusal | undefined {
  const { docket, rulebook } = state;
  const rules = rulebook?.body.cases;
  if (rulebook === undefined || rules === undefined) return 'case-rules';
  const terms = termsFor(rulebook.body, { class: act.class, subject: act.about, remedy: act.remedy });
  if (terms === undefined) return 'case-rules';
  if (docket.open.has(act.subject)) return 'case-open';
  if (docket.open.size >= rules.maxOpen) return 'case-full';
  if (act.against !== undefined && act.against >= entry) return 'case-target';
  const { about, remedy, subject, respondent, against } = act;
  const conflicted = against === undefined ? [] : decidersOf(docket, against);
  const record = {
    ...newCase(state, { id, entry, about, class: act.class, remedy, subject, terms, rules, rulebook: rulebook.index }),
    ...(respondent === undefined ? {} : { respondent }),
    ...(against === undefined ? {} : { against }),
    conflicted,
  };
  setCase(docket, { ...record, role: ownerLeft(state, record) });
  return undefined;
}

/** Who owns it, where anybody with that role may: a complaint about all of them is the steward's from the first moment. */
function ownerLeft(
  state: NetworkState,
  record: Pick<CaseRecord, 'role' | 'terms' | 'conflicted' | 'respondent' | 'house'>,
): string {
  const isLeft = [...state.parties.values()].some(
    (party) => party.kind === 'officer' && (party.roles ?? []).includes(record.role) && isImpartial(record, party),
  );
  return isLeft ? record.role : record.terms.steward;
}

type NewCase = Pick<CaseRecord, 'id' | 'entry' | 'about' | 'class' | 'remedy' | 'subject' | 'terms' | 'rulebook'> & {
  readonly rules: CaseRules;
};

export function newCase(state: NetworkState, { rules, ...of }: NewCase): CaseRecord {
  const { time } = state;
  return {
    ...of,
    openedAt: time,
    role: ownerOf(rules, of.class, of.about),
    stage: 'filed',
    since: time,
    dueAt: time + of.terms.track.filed.dueMs,
    vouched: false,
    joined: 0,
    acts: 1,
    conflicted: [],
    acted: [],
    drawn: [],
    alternates: of.terms.track.review.alternates,
  };
}

/** The terms of a new case of this kind under these rules, or undefined where they have no such case. */
export function termsFor(
  rulebook: Rulebook,
  ask: { readonly class: string; readonly subject: CaseSubject; readonly remedy: Remedy },
): CaseTerms | undefined {
  const { cases } = rulebook;
  const track = cases === undefined ? undefined : trackOf(cases, ask);
  if (cases === undefined || track === undefined) return undefined;
  const { steward, outage, incidents, barsDeciders, barsDecidersOf } = cases;
  const suspend = grantOf(rulebook, 'suspend');
  const hold = suspend === undefined ? {} : { hold: { roles: suspend.roles, quorum: suspend.quorum } };
  const barring = {
    ...(barsDeciders === undefined ? {} : { barsDeciders }),
    ...(barsDecidersOf === undefined ? {} : { barsDecidersOf }),
  };
  return { track, steward, outage, incidents, ...hold, ...barring };
}

function reclassed(
  state: NetworkState,
  record: CaseRecord,
  act: Extract<CaseAct, { act: 'triage' }>,
): Reclassed | undefined {
  const { rulebook } = state;
  const rules = rulebook?.body.cases;
  if (rulebook === undefined || rules === undefined || (act.class === undefined && act.remedy === undefined))
    return undefined;
  const ask = { class: act.class ?? record.class, subject: record.about, remedy: act.remedy ?? record.remedy };
  const terms = termsFor(rulebook.body, ask);
  if (terms === undefined) return undefined;
  const role = ownerLeft(state, { ...record, role: ownerOf(rules, ask.class, ask.subject), terms });
  return { class: ask.class, remedy: ask.remedy, role, terms };
}

/** Officers who may take this step now, whoever of them signs; how many of them it takes is `quorumOf`. */
export function officersWhoMay(state: Readonly<NetworkState>, known: CaseRecord, step: Pick<CaseAct, 'act'>): string[] {
  const record = withDeciders(state, known, step);
  if (!isDue(record, step.act)) return [];
  const may = mayTake(record, step);
  return [...state.parties.values()]
    .filter((party) => party.kind === 'officer' && isImpartial(record, party) && may(party.id, party.roles ?? []))
    .map(({ id }) => id);
}

/** Whether it is the time for such a step of officers; what else it takes is for `actOn` to say. */
function isDue(record: CaseRecord, act: CaseAct['act']): boolean {
  const { stage, vouched, finding, held, terms } = record;
  if (act === 'triage') return stage === 'filed' || (stage === 'triaged' && !vouched);
  if (act === 'advance') return stage === 'triaged';
  if (act === 'find') return stage === 'review' || stage === 'appeal';
  return (
    act === 'hold' && isOpen(record) && finding === undefined && held === undefined && terms.track.holdMs !== undefined
  );
}

/** How many of them a step takes; 0 for steps that no officer signs. */
export function quorumOf(record: CaseRecord, step: Pick<CaseAct, 'act'>): number {
  const { review, appeal } = record.terms.track;
  switch (step.act) {
    case 'triage':
    case 'advance':
      return 1;
    case 'hold':
      return record.terms.hold?.quorum ?? 1;
    case 'find':
      return record.stage === 'appeal' ? appeal.quorum : record.asked?.length === 0 ? 1 : review.quorum;
    case 'open':
    case 'join':
    case 'answer':
    case 'extend':
    case 'appeal':
    case 'withdraw':
      return 0;
    default:
      return step.act satisfies never;
  }
}

/** Of those who signed a step, the officers who may take it; whoever judges has had no part in it. */
function officersFor(
  state: NetworkState,
  record: CaseRecord,
  step: CaseAct,
  approvals: readonly OfficerApproval[],
): readonly string[] {
  const may = mayTake(record, step);
  const officers = approvals.filter(({ officer, roles }) => {
    const party = state.parties.get(officer);
    return party !== undefined && isImpartial(record, party) && may(officer, roles);
  });
  return [...new Set(officers.map(({ officer }) => officer))];
}

function mayTake(
  record: CaseRecord,
  step: Pick<CaseAct, 'act'>,
): (officer: string, roles: readonly string[]) => boolean {
  const owner = ownerOfCase(record);
  if (step.act === 'hold') {
    const roles = record.terms.hold?.roles ?? [];
    return (_, own) => own.some((role) => roles.includes(role));
  }
  const isJudging = step.act === 'find';
  return (officer, own) => {
    if (isJudging && record.acted.includes(officer)) return false;
    if ('officers' in owner) return owner.officers.includes(officer);
    return 'roles' in owner && own.some((role) => owner.roles.includes(role));
  };
}

/** Neither one of those complained about, nor of their house, nor of the house whose it is. */
function isImpartial(record: Pick<CaseRecord, 'conflicted' | 'respondent' | 'house'>, party: Party): boolean {
  if (record.conflicted.includes(party.id)) return false;
  if (record.house !== undefined && (party.id === record.house || party.of === record.house)) return false;
  return party.of === undefined || party.of !== record.respondent;
}

/** Why an officer takes no step in a case, whatever their roles; `acted` keeps only from judging. */
export type Bar = 'concerned' | 'house' | 'acted';

/**
 * Officers who may not decide this case, and why: nobody reviews their own act. In the order of the parties. With a step that
 * names a target, also those whom it would show to be concerned.
 */
export function officersBarred(
  state: Readonly<NetworkState>,
  known: CaseRecord,
  step?: Pick<CaseAct, 'act'>,
): readonly { readonly officer: string; readonly why: Bar }[] {
  const record = step === undefined ? known : withDeciders(state, known, step);
  return [...state.parties.values()].flatMap((party) => {
    const why = party.kind === 'officer' ? barOf(record, party) : undefined;
    return why === undefined ? [] : [{ officer: party.id, why }];
  });
}

function barOf(record: CaseRecord, party: Party): Bar | undefined {
  if (record.conflicted.includes(party.id)) return 'concerned';
  if (!isImpartial(record, party)) return 'house';
  return record.acted.includes(party.id) ? 'acted' : undefined;
}

/** Officers who could be drawn to review this case now, by name. */
export function reviewersFor(state: NetworkState, record: CaseRecord, time: number): string[] {
  const { roles } = record.terms.track.review;
  const out = new Set([...record.acted, ...record.drawn]);
  return [...state.parties.values()]
    .filter((party) => party.kind === 'officer' && !out.has(party.id) && isImpartial(record, party))
    .filter((party) => (party.roles ?? []).some((role) => roles.includes(role)))
    .filter((party) => keysInForce(party, 'approval', time).length > 0)
    .map(({ id }) => id);
}

/** What the governor says of an incident: the reports that are owed, or one that no case has opened. */
export function applyIncident(state: NetworkState, body: StatementOf<'incident'>, entry: number): Refusal | undefined {
  const { incidents } = state.docket;
  const known = incidents.get(body.incident);
  const next = known === undefined ? reported(state, body, entry) : reportOn(known, body, { entry, time: state.time });
  if (next === undefined) return known === undefined ? 'incident-unknown' : 'incident-report';
  incidents.set(next.id, next);
  return undefined;
}

/** Something that went wrong without a case: its first account opens it. */
function reported(state: NetworkState, body: StatementOf<'incident'>, entry: number): Incident | undefined {
  const rules = state.rulebook?.body.cases;
  if (rules === undefined || body.report !== 'preliminary' || body.class === undefined) return undefined;
  // Ids with a space are those of missed deadlines, which file themselves.
  if (body.incident.includes(' ') || openIncidents(state) >= MAX_OPEN_INCIDENTS) return undefined;
  const { time } = state;
  const { preliminaryMs, fullMs } = rules.incidents;
  const due = { dueAt: time, at: time, preliminaryDueAt: time + preliminaryMs, fullDueAt: time + fullMs };
  const outstanding = body.outstanding === undefined ? {} : { outstanding: body.outstanding };
  return {
    id: body.incident,
    class: body.class,
    stage: 'reported',
    owner: body.owner ?? 'governor',
    ...due,
    preliminary: entry,
    ...outstanding,
  };
}

function openIncidents({ docket }: NetworkState): number {
  return [...docket.incidents.values()].filter(({ closedAt }) => closedAt === undefined).length;
}

/** Open cases, in the order in which they were opened. */
export function openCases(state: Readonly<NetworkState>): CaseRecord[] {
  return [...state.docket.cases.values()].filter(isOpen).sort((a, b) => a.entry - b.entry);
}
