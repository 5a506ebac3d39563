import {
  MAX_SETTLEMENT_ATTEMPTS,
  type Settlement,
  type SettlementAnswer,
  type SettlementAttempt,
  type SettlementRuling,
  stateOfAttempt,
  stateOfSettlement,
} from './settlement.ts';

export type SettlementEvent =
  /** The next attempt is written down, in this batch, before the rail is asked. */
  | { readonly kind: 'submit'; readonly batch: string; readonly at: number }
  /** The rail has accepted the batch. */
  | { readonly kind: 'hand-over'; readonly batch: string; readonly at: number }
  | { readonly kind: 'answer'; readonly attempt: number; readonly answer: SettlementAnswer }
  /** The rail says it does not know, or has said nothing for too long. */
  | { readonly kind: 'silence'; readonly attempt: number; readonly at: number }
  /**
   * Try again: after a definite failure, or by a decision (its digest) that takes an unknown attempt for not paid. With the
   * last attempt that it is about, whoever repeats it later makes no other one.
   */
  | { readonly kind: 'retry'; readonly decision?: string; readonly attempt?: number }
  /** Officers found out what became of an attempt; `decision` is the digest of what they decided. */
  | { readonly kind: 'rule'; readonly attempt: number; readonly as: SettlementRuling['as']; readonly decision: string };

export type SettlementRefusal =
  | 'attempt-unknown'
  | 'attempts-exhausted'
  /** Nothing is to be submitted. */
  | 'not-planned'
  /** An answer may still come, so trying again could pay twice. */
  | 'reconcile-first'
  /** Only officers can say what became of it. */
  | 'decision-missing'
  /** It was about an earlier attempt. */
  | 'decision-used'
  | 'paid';

export type AppliedSettlement =
  | { readonly ok: true; readonly settlement: Settlement }
  | { readonly ok: false; readonly refusal: SettlementRefusal };

/** Different words for one outcome that are kept of one attempt; a first word for another outcome always is. */
const MAX_ANSWERS = 16;

/** A repeat, or what says nothing new, gives back the same object. */
export function applySettlement(settlement: Settlement, event: SettlementEvent): AppliedSettlement {
  switch (event.kind) {
    case 'submit':
      return submit(settlement, event.batch, event.at);
    case 'hand-over':
      return handOver(settlement, event.batch, event.at);
    case 'answer':
      return change(settlement, event.attempt, (attempt) => withAnswer(attempt, event.answer));
    case 'silence':
      return change(settlement, event.attempt, (attempt) =>
        stateOfAttempt(attempt) === 'submitted' ? { ...attempt, silentSince: event.at } : attempt,
      );
    case 'retry':
      return retry(settlement, event);
    case 'rule':
      return change(settlement, event.attempt, (attempt) => withRuling(attempt, event.as, event.decision));
    default:
      return event satisfies never;
  }
}

function submit(settlement: Settlement, batch: string, submittedAt: number): AppliedSettlement {
  if (stateOfSettlement(settlement) !== 'planned') return refused('not-planned');
  if (settlement.attempts.length >= MAX_SETTLEMENT_ATTEMPTS) return refused('attempts-exhausted');
  const attempt = { batch, submittedAt, answers: [] };
  return applied({ attempts: [...settlement.attempts, attempt], isPlanned: false });
}

function handOver(settlement: Settlement, batch: string, handedOverAt: number): AppliedSettlement {
  const number = settlement.attempts.findIndex((attempt) => attempt.batch === batch) + 1;
  return change(settlement, number, (attempt) =>
    attempt.handedOverAt === undefined ? { ...attempt, handedOverAt } : attempt,
  );
}

type Retry = Extract<SettlementEvent, { readonly kind: 'retry' }>;

function retry(settlement: Settlement, { decision, attempt }: Retry): AppliedSettlement {
  if (attempt !== undefined && attempt !== settlement.attempts.length) return refused('decision-used');
  const state = stateOfSettlement(settlement);
  switch (state) {
    case 'planned':
      return applied(settlement);
    case 'submitted':
      return refused('reconcile-first');
    case 'accepted':
    case 'partly':
      return refused('paid');
    case 'conflict':
      return refused('decision-missing');
    case 'unknown':
      return decision === undefined ? refused('reconcile-first') : plan(notPaid(settlement, decision));
    case 'rejected':
      return plan(settlement);
    default:
      return state satisfies never;
  }
}

function plan(settlement: Settlement): AppliedSettlement {
  if (settlement.attempts.length >= MAX_SETTLEMENT_ATTEMPTS) return refused('attempts-exhausted');
  return applied({ ...settlement, isPlanned: true });
}

/** An acceptance of this attempt that comes after all is then a conflict, and not a second quiet payment. */
function notPaid(settlement: Settlement, decision: string): Settlement {
  const last = settlement.attempts.length;
  const ruled = change(settlement, last, (attempt) => withRuling(attempt, 'rejected', decision));
  return ruled.ok ? ruled.settlement : settlement;
}

function change(
  settlement: Settlement,
  number: number,
  by: (attempt: SettlementAttempt) => SettlementAttempt,
): AppliedSettlement {
  const attempt = settlement.attempts[number - 1];
  if (attempt === undefined) return refused('attempt-unknown');
  const changed = by(attempt);
  if (changed === attempt) return applied(settlement);
  return applied({ ...settlement, attempts: settlement.attempts.with(number - 1, changed) });
}

function withAnswer(attempt: SettlementAttempt, answer: SettlementAnswer): SettlementAttempt {
  const { answers } = attempt;
  const isKnown = answers.some(
    ({ outcome, code, paid }) => outcome === answer.outcome && code === answer.code && paid === answer.paid,
  );
  if (isKnown) return attempt;
  const isNews = !answers.some(({ outcome }) => outcome === answer.outcome);
  return isNews || answers.length < MAX_ANSWERS ? { ...attempt, answers: [...answers, answer] } : attempt;
}

function withRuling(attempt: SettlementAttempt, as: SettlementRuling['as'], decision: string): SettlementAttempt {
  const heard = [...new Set(attempt.answers.map(({ outcome }) => outcome))].sort();
  // Sent again it changes nothing: what the rail has said since, nobody had heard when this was decided.
  const isKnown = attempt.ruling?.as === as && attempt.ruling.decision === decision;
  return isKnown ? attempt : { ...attempt, ruling: { as, decision, heard } };
}

function applied(settlement: Settlement): AppliedSettlement {
  return { ok: true, settlement };
}

function refused(refusal: SettlementRefusal): AppliedSettlement {
  return { ok: false, refusal };
}
