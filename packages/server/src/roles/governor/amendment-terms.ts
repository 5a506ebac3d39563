import {
  bindingDigest,
  CodedError,
  canonicalJson,
  type DecisionTarget,
  type DecisionTerms,
  emergencyMsOf,
  findCancellable,
  findRevision,
  isLogTerms,
  isOnlyTighter,
  mayBeAtOnce,
  type NetworkState,
  noticeOf,
  type Rulebook,
  rulebookSchema,
} from '@holdfast/core';
import type { AmendRequest, CancelRequest } from './request.ts';

type Frame = { readonly expiry: number; readonly rulebook: Rulebook };

/**
 * What binds an amendment. Role keys, the log's name and officers are no matter of amendments: the fold refuses the first
 * two and would ignore the third. Throws `decision.rulebook`, `decision.looser` or `decision.notice`.
 */
export function amendmentBinding(
  state: Readonly<NetworkState>,
  request: AmendRequest,
  frame: Frame,
): DecisionTerms['parameters'] {
  const { rulebook } = request;
  assertAmendable(rulebook, frame.rulebook);
  const bound = { rulebook: bindingDigest(rulebook) };
  if (request.emergency === true) {
    return { ...bound, effectiveAt: state.time, lapsesAt: assertEmergency(state, request, frame.rulebook) };
  }
  return { ...bound, effectiveAt: assertNotice(request, frame, state.time) };
}

function assertAmendable(rulebook: Rulebook, before: Rulebook): void {
  const parsed = rulebookSchema.safeParse(rulebook);
  if (!parsed.success || canonicalJson(parsed.data) !== canonicalJson(rulebook)) {
    throw new CodedError('decision.rulebook', 'This is not a rulebook.');
  }
  const identity = ({ keys, log, officers }: Rulebook) => canonicalJson([keys, log.origin, officers]);
  if (identity(rulebook) !== identity(before)) {
    throw new CodedError(
      'decision.rulebook',
      "An amendment changes neither role keys nor the log's name nor officers.",
    );
  }
  if (canonicalJson(rulebook.log) !== canonicalJson(before.log) && !isLogTerms(rulebook.log)) {
    throw new CodedError('decision.rulebook', 'The log could not go on under the key that this rulebook names.');
  }
}

/** When it takes effect: with the next epoch where that may be, else once its notice is over after the last approval. */
function assertNotice({ rulebook, effectiveAt }: AmendRequest, frame: Frame, timeMs: number): number {
  if (effectiveAt === undefined && mayBeAtOnce(frame.rulebook, rulebook)) return timeMs;
  const earliest = frame.expiry + noticeOf(frame.rulebook, rulebook);
  if (effectiveAt === undefined) return earliest;
  if (Number.isSafeInteger(effectiveAt) && effectiveAt >= earliest) return effectiveAt;
  throw new CodedError('decision.notice', 'A change of the rules waits out its notice after the last approval.', {
    earliest,
  });
}

/** When it lapses. */
function assertEmergency(
  { time, emergency }: Readonly<NetworkState>,
  { rulebook, durationMs }: AmendRequest,
  before: Rulebook,
): number {
  const mostMs = emergencyMsOf(before);
  if (mostMs === undefined) {
    throw new CodedError('decision.notice', 'The rulebook knows no emergencies: this change waits out its notice.');
  }
  if (!isOnlyTighter(before, rulebook)) {
    throw new CodedError('decision.looser', 'An emergency only tightens, and this would allow something new.');
  }
  const latest = Math.min(time + mostMs, emergency?.lapsesAt ?? Number.MAX_SAFE_INTEGER);
  const lapsesAt = durationMs === undefined ? latest : time + durationMs;
  if (lapsesAt > time && lapsesAt <= latest) return lapsesAt;
  throw new CodedError('decision.duration', `An emergency amendment stands until ${latest} at most.`, { latest });
}

/** Named by the rulebook that was announced, which officers can recompute. Throws `decision.amendment-unknown`. */
export function cancelledTarget(state: Readonly<NetworkState>, { amendment }: CancelRequest): DecisionTarget {
  const announced = findCancellable(state, amendment);
  if (announced !== undefined) return { rulebook: bindingDigest(announced.body) };
  const revision = findRevision(state, amendment)?.revision;
  if (revision !== undefined) return { program: revision.digest };
  throw new CodedError('decision.amendment-unknown', 'Nothing that this entry announced waits to take effect.');
}
