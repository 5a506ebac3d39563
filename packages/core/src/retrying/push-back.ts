import { isJsonObject } from '../encoding/json.ts';

/** What an answer says to whoever thinks of asking again. */
export type AnswerSigns = {
  readonly status: number;
  /** What `Retry-After` asks for, from now. */
  readonly retryAfterMs?: number | undefined;
  /** How far their clock is ahead of ours, by their `Date`: a moment is told on theirs. */
  readonly skewMs?: number | undefined;
  /** The problem document (RFC 9457), where it is one. */
  readonly problem?: unknown;
};

/**
 * `answered`: somebody dealt with it, well or not. `failed`: nobody did, and nobody says when one would. `held`: not before
 * that moment, unix milliseconds; `isOwn` when it is the turn of this handle and of nobody else. `final`: never like this.
 */
export type Answer =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'final' }
  | { readonly kind: 'held'; readonly notBefore: number; readonly isOwn: boolean; readonly shed?: Shed };

/** How a shed answer describes itself: of which class, and what share of the cohorts of this hour is let in. */
export type Shed = { readonly class?: string; readonly cursor?: number };

const RETRYABLE: readonly number[] = [429, 502, 503, 504];
/** A target that asks for more has the caller come back, rather than be waited for. */
export const MAX_HOLD_MS = 3_600_000;
/** A `Date` header is whole seconds, and was on its way. */
const SKEW_MS = 2000;

/** Reads what is to be obeyed in an answer; whatever cannot be read is as if it were not there. */
export function readAnswer(signs: AnswerSigns, nowMs: number): Answer {
  const { status, problem } = signs;
  if (status < 500 && status !== 429) return { kind: 'answered' };
  const { retry, details } = isJsonObject(problem) ? problem : {};
  if (!RETRYABLE.includes(status) || retry === 'never' || retry === 'after-change') return { kind: 'final' };
  const told = isJsonObject(details) ? details : {};
  if (typeof told.notBefore === 'number' && Number.isFinite(told.notBefore)) {
    const notBefore = bounded(told.notBefore - skewOf(signs), nowMs);
    return { kind: 'held', notBefore, isOwn: true, shed: shedOf(told) };
  }
  const { retryAfterMs = Number.NaN } = signs;
  if (!Number.isFinite(retryAfterMs)) return { kind: 'failed' };
  return { kind: 'held', notBefore: bounded(nowMs + retryAfterMs, nowMs), isOwn: false };
}

function skewOf({ skewMs = 0 }: AnswerSigns): number {
  return Math.abs(skewMs) > SKEW_MS ? skewMs : 0;
}

function bounded(atMs: number, nowMs: number): number {
  return Math.min(Math.max(atMs, nowMs), nowMs + MAX_HOLD_MS);
}

function shedOf(details: { readonly [member: string]: unknown }): Shed {
  const { class: of, cursor } = details;
  return { ...(typeof of === 'string' ? { class: of } : {}), ...(typeof cursor === 'number' ? { cursor } : {}) };
}
