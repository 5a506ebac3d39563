import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { EFFECTS, type Effect } from '../rulebook/rulebook.ts';
import type { CheckEvidence } from './check-evidence.ts';
import type { Evidence } from './evidence.ts';
import type { Aging } from './freshness.ts';
import type { Finding, Judgement } from './judgement.ts';
import { checksRequiredByProfile } from './profile.ts';
import { type CheckBasis, type ExternalCheckName, TICK_MS } from './verdict.ts';

/** What external checks add to a judgement. */
export type ExternalFindings = {
  readonly findings: readonly Finding[];
  /** The most that silence lets follow. */
  readonly atMost: Effect;
  /** Unix milliseconds until which all results are young enough. */
  readonly usableUntil: number;
};

/**
 * Judges external checks after all others: a credential that is refused without them gets no say from outside, so that one
 * bundle judges alike wherever the checks were not even asked. What a profile of the rulebook requires and the verifier has
 * no check for is unknown, never passed.
 */
export function judgeExternalChecks(
  judgement: Judgement,
  own: readonly Finding[],
  { rule }: Pick<Aging, 'rule'>,
): ExternalFindings {
  const { checks: asked = NONE } = judgement.evidence;
  const missing = notConfigured(judgement);
  if (asked.length + missing.length === 0) return NOTHING_ASKED;
  const checks = [...asked, ...missing].sort(byId);
  const isRefused = own.some(({ reasons }) => reasons.length > 0);
  const now = judgement.tick * TICK_MS;
  const judged = checks.map((check) => (isRefused ? notReached(check) : judgeOne(check, now)));
  // To advance money there must be a bound to it.
  const mayAdvance = judgement.request.class === 'view' || rule.advanceMax !== undefined;
  const effects = judged.map(({ atMost }) => (atMost === 'advance' && !mayAdvance ? 'reserve' : atMost));
  return {
    findings: judged.map(({ finding }) => finding),
    atMost: effects.reduce(lesserEffect, 'final'),
    usableUntil: Math.min(Number.MAX_SAFE_INTEGER, ...judged.map(({ usableUntil }) => usableUntil)),
  };
}

export function lesserEffect(a: Effect, b: Effect): Effect {
  return EFFECTS.indexOf(a) < EFFECTS.indexOf(b) ? a : b;
}

const NONE: readonly never[] = [];
const NOTHING_ASKED: ExternalFindings = { findings: [], atMost: 'final', usableUntil: Number.MAX_SAFE_INTEGER };

type Judged = { readonly finding: Finding; readonly atMost: Effect; readonly usableUntil: number };

const UNBOUNDED = { atMost: 'final', usableUntil: Number.MAX_SAFE_INTEGER } as const;

function judgeOne(check: CheckEvidence, now: number): Judged {
  const { found, maxAgeMs } = check;
  if (!found.ok) return silent(check, found.why);
  // As with a revocation: only good news grows too old, or waiting would turn a no into a reserve.
  if (found.result === 'failed') return { ...UNBOUNDED, finding: failing(check, 'check.failed') };
  if (Math.max(0, now - found.asOf) > maxAgeMs) return silent(check, 'check.too_old');
  const finding: Finding = { check: { name: nameOf(check), result: 'passed' }, reasons: [] };
  return { ...UNBOUNDED, finding, usableUntil: found.asOf + maxAgeMs };
}

function silent(check: CheckEvidence, why: string): Judged {
  if (check.onSilence === 'unknown') return { ...UNBOUNDED, finding: failing(check, why) };
  const finding: Finding = { check: { name: nameOf(check), result: 'skipped', why }, reasons: [] };
  return { ...UNBOUNDED, finding, atMost: check.onSilence };
}

function failing(check: CheckEvidence, code: string): Finding {
  const name = nameOf(check);
  return { check: { name, result: 'failed', why: code }, reasons: [{ code, path: `/checks/${check.id}` }] };
}

function notReached(check: CheckEvidence): Judged {
  return {
    ...UNBOUNDED,
    finding: { check: { name: nameOf(check), result: 'skipped', why: 'not-reached' }, reasons: [] },
  };
}

function nameOf({ id }: CheckEvidence): ExternalCheckName {
  return `check:${id}`;
}

function notConfigured(judgement: Judgement): readonly CheckEvidence[] {
  const { parse, evidence } = judgement;
  const required = parse.ok ? checksRequiredByProfile(parse, judgement) : NONE;
  if (required.length === 0) return NONE;
  return required
    .filter((id) => evidence.checks?.some((check) => check.id === id) !== true)
    .map((id) => ({ id, maxAgeMs: 0, onSilence: 'unknown', found: { ok: false, why: 'check.not_configured' } }));
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Rule and finding of each check, as a digest: whoever replays with others stands on another basis. */
export function basisOfChecks({ checks }: Evidence): readonly CheckBasis[] | undefined {
  if (checks === undefined || checks.length === 0) return undefined;
  return [...checks].sort(byId).map((check) => {
    const { id, found } = check;
    const digest = sha256Base64url(canonicalJson(check));
    return found.ok ? { id, digest, source: found.source, asOf: found.asOf } : { id, digest, why: found.why };
  });
}
