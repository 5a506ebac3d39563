import { canonicalJson } from '../encoding/json.ts';
import { bindingDigest } from '../governance/decision.ts';
import { compareRulebooks } from '../rulebook/compare-rulebooks.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import { isLogTerms, isOnlyOfLog, isSameLog, keepsCompromised } from './log-keys.ts';
import { closeDecisions, findOpen } from './powers.ts';
import { findRevision, withoutRevision } from './revisions.ts';
import type { DecisionRecord, NetworkState, Refusal, ScheduledRulebook } from './state.ts';
import type { StatementOf } from './statement.ts';

/** An emergency amendment stands no longer than this, in milliseconds, unless it is confirmed under notice. */
export const MAX_EMERGENCY_MS = 14 * 86_400_000;

/** A change of the rules waits out its notice; nothing is decided under it before. */
export function applyRulebook(state: NetworkState, body: StatementOf<'rulebook'>, index: number): Refusal | undefined {
  const { rulebook } = state;
  if (rulebook === undefined || body.decision === undefined) return 'decision-missing';
  const decisions = findOpen(state, [body.decision]);
  if (decisions === undefined) return 'decision-missing';
  const [decision] = decisions;
  if (decision?.power !== 'amend') return 'decision-power';
  if (decision.count !== 1) return 'counts-differ';
  if (!keepsIdentity(rulebook.body, body.body)) return 'unauthorised';
  const { effectiveAt, lapsesAt } = body;
  if (effectiveAt === undefined) return 'notice';
  const refusal = lapsesAt === undefined ? noticeRefusal(state, body.body, effectiveAt) : emergencyRefusal(state, body);
  if (refusal !== undefined) return refusal;
  if (!isBound(decision, body)) return 'decision-parameters';
  closeDecisions(state, decisions);
  const ends = lapsesAt === undefined ? {} : { lapsesAt };
  state.scheduled.push({ index, body: body.body, effectiveAt, ...ends });
  return undefined;
}

/** Who decides and who orders is the network's identity, and so is the name of its log. The key of the log is not. */
function keepsIdentity(before: Rulebook, after: Rulebook): boolean {
  const identity = ({ keys, log }: Rulebook) => canonicalJson([keys, log.origin]);
  if (identity(after) !== identity(before)) return false;
  if (!isSameLog(after.log, before.log) && !isLogTerms(after.log)) return false;
  return keepsCompromised(before.log, after.log);
}

function isBound({ parameters }: DecisionRecord, { body, effectiveAt, lapsesAt }: StatementOf<'rulebook'>): boolean {
  return (
    parameters.rulebook === bindingDigest(body) &&
    parameters.effectiveAt === effectiveAt &&
    parameters.lapsesAt === lapsesAt
  );
}

function noticeRefusal({ rulebook, time }: NetworkState, after: Rulebook, effectiveAt: number): Refusal | undefined {
  if (rulebook === undefined) return 'notice';
  if (effectiveAt <= time && mayBeAtOnce(rulebook.body, after)) return undefined;
  return effectiveAt < time + noticeOf(rulebook.body, after) ? 'notice' : undefined;
}

/**
 * A change of the log's key alone changes no rule, and a stolen key leaves no time: it takes effect with the next epoch, so
 * that no other amendment comes in between that it would undo. So does what only tightens, where the rulebook says so.
 */
export function mayBeAtOnce(before: Rulebook, after: Rulebook): boolean {
  if (isOnlyOfLog(before, after)) return true;
  return before.notice.tightenMs === 0 && isOnlyTighter(before, after);
}

/** How long this change of the rules waits after the epoch it is recorded under, unless it may take effect at once. */
export function noticeOf(before: Rulebook, after: Rulebook): number {
  const { amendMs, tightenMs = amendMs } = before.notice;
  return tightenMs < amendMs && isOnlyTighter(before, after) ? tightenMs : amendMs;
}

/** Whether nothing is allowed afterwards that was not before. Part of what the log means: see compare-rulebooks.ts. */
export function isOnlyTighter(before: Rulebook, after: Rulebook): boolean {
  return compareRulebooks(before, after).every(({ effect }) => effect !== 'looser');
}

/** For how long an emergency amendment may stand under these rules; undefined where they know none. */
export function emergencyMsOf({ notice }: Rulebook): number | undefined {
  return notice.emergencyMs === undefined ? undefined : Math.min(notice.emergencyMs, MAX_EMERGENCY_MS);
}

/** At once, only tightening, and no longer than the rulebook says; one that follows another ends no later than it. */
function emergencyRefusal(state: NetworkState, after: StatementOf<'rulebook'>): Refusal | undefined {
  const { rulebook, time, emergency, scheduled } = state;
  const mostMs = rulebook === undefined ? undefined : emergencyMsOf(rulebook.body);
  const { effectiveAt = 0, lapsesAt = 0 } = after;
  if (rulebook === undefined || mostMs === undefined) return 'notice';
  if (!isOnlyTighter(rulebook.body, after.body)) return 'looser';
  const others = [...(emergency === undefined ? [] : [emergency]), ...scheduled].flatMap(
    (other) => other.lapsesAt ?? [],
  );
  const latest = Math.min(time + mostMs, ...others);
  return effectiveAt <= time && lapsesAt > time && lapsesAt <= latest ? undefined : 'notice';
}

/**
 * The guardian takes back what was announced and is not in force. What takes effect with the next epoch is nothing that
 * waits: nobody can be kept from replacing a stolen key, or from tightening at once.
 */
export function applyCancellation(state: NetworkState, body: StatementOf<'cancellation'>): Refusal | undefined {
  const decisions = findOpen(state, [body.decision]);
  if (decisions === undefined) return 'decision-missing';
  const [decision] = decisions;
  if (decision?.power !== 'cancel') return 'decision-power';
  if (decision.count !== 1) return 'counts-differ';
  if (decision.parameters.amendment !== body.amendment) return 'decision-parameters';
  const revised = findRevision(state, body.amendment);
  if (revised === undefined && findCancellable(state, body.amendment) === undefined) return 'amendment-unknown';
  closeDecisions(state, decisions);
  if (revised !== undefined) state.programs.set(revised.program.id, withoutRevision(revised));
  state.scheduled = state.scheduled.filter(({ index }) => index !== body.amendment);
  return undefined;
}

/** The amendment of this entry, while it waits. */
export function findCancellable(
  { scheduled, time }: Readonly<NetworkState>,
  index: number,
): ScheduledRulebook | undefined {
  return scheduled.find((next) => next.index === index && next.effectiveAt > time);
}
