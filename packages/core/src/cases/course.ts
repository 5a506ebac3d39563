import { canonicalJson } from '../encoding/json.ts';
import type { CaseAct, CaseTarget } from './act.ts';
import { type CaseRecord, isOpen, KEPT_AFTER_END_MS, type Missed, ownerOfCase, wordsOfOwner } from './case-record.ts';

/** What time alone makes of a case, and which deadlines were missed on the way. */
export type Elapsed = { readonly record: CaseRecord; readonly missed: readonly Missed[] };

/** Whom to ask to review it now: so many of those who may, drawn by a chance nobody chose. */
export type Draw = (record: CaseRecord) => readonly string[];

/** More steps than any course has, however many of its deadlines have passed at once. */
const MAX_STEPS = 32;

/**
 * The case at `time` if nobody does anything more: silence takes effect at each deadline, in every follower alike and with
 * no message. `time` is an epoch's.
 */
export function elapse(record: CaseRecord, time: number, draw: Draw): Elapsed {
  const missed: Missed[] = [];
  let at = record;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    at = lapseHold(drawReviewers(at, draw), time, missed);
    if (!isOpen(at) || at.dueAt > time) break;
    at = afterSilence(at, missed);
  }
  return { record: at, missed };
}

/** The network was away for `gapMs`: nobody loses time by it. */
export function extendClocks(record: CaseRecord, gapMs: number): CaseRecord {
  const { outage } = record.terms;
  if (!isOpen(record) || gapMs <= outage.gapMs) return record;
  const extra = gapMs + outage.graceMs;
  const { hold } = record;
  return {
    ...record,
    dueAt: record.dueAt + extra,
    ...(hold === undefined ? {} : { hold: { ...hold, until: hold.until + extra } }),
  };
}

function drawReviewers(record: CaseRecord, draw: Draw): CaseRecord {
  if (record.stage !== 'review' || record.asked !== undefined) return record;
  const asked = draw(record);
  // Where nobody is left to draw, alternates are none either: the steward has what remains.
  const alternates = asked.length === 0 ? 0 : record.alternates;
  return { ...record, asked, alternates, drawn: [...record.drawn, ...asked] };
}

function lapseHold(record: CaseRecord, time: number, missed: Missed[]): CaseRecord {
  const { hold, ...rest } = record;
  if (hold === undefined || hold.until > time || !isOpen(record)) return record;
  if (record.finding === undefined) missed.push(missedBy(record, 'hold', hold.until));
  return rest;
}

function missedBy(record: CaseRecord, stage: Missed['stage'], dueAt = record.dueAt): Missed {
  return { stage, owner: wordsOfOwner(ownerOfCase(record)), dueAt };
}

function afterSilence(record: CaseRecord, missed: Missed[]): CaseRecord {
  const { stage, terms, dueAt, vouched } = record;
  const { track } = terms;
  switch (stage) {
    case 'filed':
      missed.push(missedBy(record, stage));
      return enter(record, 'triaged', dueAt, track.triaged.dueMs);
    case 'triaged': {
      // Without an officer's word that there is something to it, silence takes nothing from anybody.
      const silence = vouched ? track.triaged.onSilence : 'proceed';
      if (silence === 'uphold' && canTakeEffect(record)) return found(record, true, 'silence', dueAt);
      if (silence === 'dismiss') return found(record, false, 'silence', dueAt);
      missed.push(missedBy(record, stage));
      return goOn(record, dueAt);
    }
    case 'answer': {
      const silence = track.answer?.onSilence ?? 'proceed';
      if (silence === 'uphold' && canTakeEffect(record)) return found(record, true, 'silence', dueAt);
      if (silence === 'dismiss') return found(record, false, 'silence', dueAt);
      return enterReview(record, dueAt);
    }
    case 'review': {
      missed.push(missedBy(record, stage));
      if (record.alternates > 0) {
        const { asked: _, ...rest } = record;
        return { ...rest, alternates: record.alternates - 1, since: dueAt, dueAt: dueAt + track.review.dueMs };
      }
      return found(record, track.review.onSilence === 'uphold' && canTakeEffect(record), 'silence', dueAt);
    }
    case 'decided':
      return end(record, dueAt);
    case 'appeal':
      missed.push(missedBy(record, stage));
      return end(record, dueAt);
    case 'final':
      return record;
    default:
      return stage satisfies never;
  }
}

/** Silence upholds only what somebody has named: where nothing is named, it cannot take effect on anything. */
function canTakeEffect({ remedy, target }: CaseRecord): boolean {
  return remedy === 'none' || target !== undefined;
}

function enter(record: CaseRecord, stage: CaseRecord['stage'], since: number, forMs: number): CaseRecord {
  return { ...record, stage, since, dueAt: since + forMs };
}

function goOn(record: CaseRecord, at: number): CaseRecord {
  const { answer } = record.terms.track;
  if (answer === undefined || record.respondent === undefined) return enterReview(record, at);
  return enter(record, 'answer', at, answer.dueMs);
}

function enterReview(record: CaseRecord, at: number): CaseRecord {
  const { asked: _, ...rest } = record;
  const { review } = record.terms.track;
  return { ...enter(rest, 'review', at, review.dueMs), alternates: review.alternates };
}

function found(record: CaseRecord, upheld: boolean, by: 'officers' | 'silence', at: number): CaseRecord {
  const { hold, ...rest } = record;
  // What was found to be nothing is no longer held; what was upheld stays as it is until it is final.
  const kept = upheld && hold !== undefined ? { ...rest, hold } : rest;
  return { ...enter(kept, 'decided', at, record.terms.track.decided.dueMs), finding: { upheld, by, at } };
}

function end(record: CaseRecord, at: number): CaseRecord {
  const { hold: _, ...rest } = record;
  return enter(rest, 'final', at, KEPT_AFTER_END_MS);
}

/** What an act finds around it. */
export type ActContext = {
  readonly time: number;
  /** Officers who have signed it and may take it; as many as it takes is for `actOn` to ask. */
  readonly officers: readonly string[];
  /** Whether the respondent has signed it, where that is a party of the network. */
  readonly isSigned: boolean;
  /** What triage makes of it when it finds another reason: the reason's own terms, or undefined where there are none. */
  readonly reclassed?: Reclassed | undefined;
};

export type Reclassed = Pick<CaseRecord, 'class' | 'remedy' | 'role' | 'terms'>;

export type ActRefusal = 'case-rules' | 'case-stage' | 'case-officer' | 'case-target' | 'case-hold' | 'case-signature';

/** The case after somebody's step, or why it changes nothing: what comes too early or too late is on record, without effect. */
export function actOn(
  record: CaseRecord,
  act: Exclude<CaseAct, { act: 'open' }>,
  context: ActContext,
): CaseRecord | ActRefusal {
  if (!isOpen(record)) return 'case-stage';
  // A complaint that joins is no step: or a stranger could undo every signature that officers are gathering.
  if (act.act === 'join') return { ...record, joined: record.joined + 1 };
  const next = stepOf(record, act, context);
  return typeof next === 'string' ? next : { ...next, acts: record.acts + 1 };
}

function stepOf(
  record: CaseRecord,
  act: Exclude<CaseAct, { act: 'open' | 'join' }>,
  context: ActContext,
): CaseRecord | ActRefusal {
  const { time } = context;
  switch (act.act) {
    case 'triage':
      return triaged(record, act, context);
    case 'hold':
      return held(record, act.target, context);
    case 'advance':
      if (record.stage !== 'triaged') return 'case-stage';
      return context.officers.length === 0 ? 'case-officer' : goOn(withActed(record, context), time);
    case 'answer':
      if (record.stage !== 'answer') return 'case-stage';
      return context.isSigned ? enterReview(record, time) : 'case-signature';
    case 'extend': {
      const { answer } = record.terms.track;
      if (record.stage !== 'answer' || record.extended || answer === undefined) return 'case-stage';
      return { ...record, extended: true, dueAt: record.dueAt + answer.extensionMs };
    }
    case 'find':
      return findingOf(record, act, context);
    case 'appeal': {
      const { appeal } = record.terms.track;
      if (record.stage !== 'decided' || record.appealed) return 'case-stage';
      return { ...enter(record, 'appeal', time, appeal.dueMs), appealed: true };
    }
    case 'withdraw':
      // What officers have vouched for is no longer only the business of whoever filed it.
      return record.stage === 'filed' ? end(found(record, false, 'silence', time), time) : 'case-stage';
    default:
      return act satisfies never;
  }
}

type ActOf<Name extends CaseAct['act']> = Extract<CaseAct, { act: Name }>;

function triaged(record: CaseRecord, act: ActOf<'triage'>, context: ActContext): CaseRecord | ActRefusal {
  const isDue = record.stage === 'filed' || (record.stage === 'triaged' && !record.vouched);
  if (!isDue) return 'case-stage';
  if (context.officers.length === 0) return 'case-officer';
  if (!isTargetOf(record, act.target)) return 'case-target';
  const isOther = act.class !== undefined || act.remedy !== undefined;
  if (isOther && context.reclassed === undefined) return 'case-rules';
  const seen = { ...withActed(record, context), ...context.reclassed };
  if (!act.admit) return found(seen, false, 'officers', context.time);
  const target = act.target === undefined ? {} : { target: act.target };
  return { ...enter(seen, 'triaged', context.time, seen.terms.track.triaged.dueMs), ...target, vouched: true };
}

function held(record: CaseRecord, target: CaseTarget, context: ActContext): CaseRecord | ActRefusal {
  const { track, hold } = record.terms;
  if (track.holdMs === undefined || hold === undefined || record.held || record.finding !== undefined)
    return 'case-hold';
  if (context.officers.length < hold.quorum) return 'case-officer';
  if (target.of !== 'credential' || !isTargetOf(record, target)) return 'case-target';
  const { officers, time } = context;
  return { ...withActed(record, context), target, held: true, hold: { until: time + track.holdMs, officers } };
}

function findingOf(record: CaseRecord, act: ActOf<'find'>, context: ActContext): CaseRecord | ActRefusal {
  const { review, appeal } = record.terms.track;
  if (record.stage !== 'review' && record.stage !== 'appeal') return 'case-stage';
  const isAppeal = record.stage === 'appeal';
  // Nobody was left to be drawn: one steward finds what a panel of reviewers would have found.
  const needed = isAppeal ? appeal.quorum : record.asked?.length === 0 ? 1 : review.quorum;
  if (context.officers.length < needed) return 'case-officer';
  if (!isTargetOf(record, act.target)) return 'case-target';
  const target = act.target ?? record.target;
  const known = target === undefined ? record : { ...record, target };
  if (act.upheld && !canTakeEffect(known)) return 'case-target';
  const decided = found(withActed(known, context), act.upheld, 'officers', context.time);
  return isAppeal ? end(decided, context.time) : decided;
}

/** A target is of what the case is about, and is named once. */
function isTargetOf(record: CaseRecord, target: CaseTarget | undefined): boolean {
  if (target === undefined) return true;
  if (target.of !== record.about) return false;
  return record.target === undefined || canonicalJson(record.target) === canonicalJson(target);
}

function withActed(record: CaseRecord, { officers }: ActContext): CaseRecord {
  return { ...record, acted: [...new Set([...record.acted, ...officers])] };
}

/** Officers contradict each other about it: it goes to others at once, and stays as protected as it is until they have found. */
export function escalate(record: CaseRecord, time: number): CaseRecord {
  const isBefore = record.stage === 'filed' || record.stage === 'triaged' || record.stage === 'answer';
  return { ...(isBefore ? enterReview(record, time) : record), vouched: true, escalated: true };
}
