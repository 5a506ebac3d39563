import { canonicalJson } from '../encoding/json.ts';
import { isSamePosition, type Position } from '../log/position.ts';
import { ISSUER_TERM_CODES } from './issuer-fault.ts';
import { comparedPositions, homePosition } from './positions.ts';
import type { Allowance, Outcome, Verdict } from './verdict.ts';
import { TICK_MS } from './verdict.ts';

/** One of two verdicts to be compared, and what its verifier is called on screens. */
export type Side = { readonly name: string; readonly verdict: Verdict };

/** The entry that gave the credential its status, in words anyone may read. */
export type DecidingEntry = {
  readonly entry: number;
  /** Time of the epoch that covers it, unix milliseconds. */
  readonly effectiveAt: number;
  readonly decisions: readonly {
    readonly entry: number;
    readonly power: string;
    /** Its coarse public class of reason, and the public words for it. */
    readonly class: string;
    readonly text: string;
    readonly officers: readonly string[];
    readonly received: number;
    readonly authorised: number;
  }[];
};

export type SideSummary = {
  readonly name: string;
  readonly outcome: Outcome;
  readonly position: Position | null;
  /** Age of the evidence at the verdict's tick. */
  readonly ageMs: number | null;
  readonly judgedAt: number;
  /** It was asked to judge by the past: `judgedAt` is the time of its position, not of the answer. */
  readonly isPinned: boolean;
  readonly allows: Allowance;
};

/** Why two verdicts differ. `unexplained` is a fault that someone must look into: there should be none. */
export type Cause =
  | { readonly kind: 'agreement' }
  | { readonly kind: 'other-presentation' }
  | { readonly kind: 'decision'; readonly deciding: DecidingEntry }
  | { readonly kind: 'position'; readonly behind: string; readonly ahead: string }
  | { readonly kind: 'age'; readonly older: string }
  /** A quorum of witnesses confirmed what one of them knows later than it did for the other (unix milliseconds; null: never). */
  | { readonly kind: 'witnesses'; readonly older: string; readonly times: readonly [number | null, number | null] }
  | { readonly kind: 'clock'; readonly between: readonly [number, number] }
  /** The credential's own dates: it was not valid yet, or has run out. */
  | { readonly kind: 'validity'; readonly outcome: 'expired' | 'not-yet-valid' }
  /** What the network says of the issuer has changed; `code` is the reason of the one that does not trust it. */
  | { readonly kind: 'trust'; readonly code: string }
  | { readonly kind: 'rulebook'; readonly indices: readonly [number, number] }
  /** The profiles they were judged by: two jurisdictions, or two types that the credential counts as. */
  | { readonly kind: 'profile'; readonly profiles: readonly [string, string] }
  /** Their verifiers belong to two networks, by these names, each with rules of its own. */
  | { readonly kind: 'network'; readonly networks: readonly [string, string] }
  /** One of their policies asks more of issuers than this one's record shows; `code` is the reason it gave. */
  | { readonly kind: 'issuer-record'; readonly code: string }
  | { readonly kind: 'policy' }
  | { readonly kind: 'request' }
  | { readonly kind: 'foreign-evidence' }
  /** An external check that both were asked for, and what each had of it: passed, failed, or the code of why nothing. */
  | { readonly kind: 'check'; readonly check: string; readonly said: readonly [string, string] }
  | { readonly kind: 'fork'; readonly size: number }
  | { readonly kind: 'unexplained' };

export type Gap = {
  readonly behind: string;
  /** Time of the last epoch the one behind had read: the gap began after it. */
  readonly beganAt: number;
  readonly entries: number;
  /** Whoever follows a feed owns reading on; the network had published. */
  readonly owner: string;
  /** Where the verdicts stood on two networks: the log of the one that was read late. */
  readonly log?: string;
};

export type Next = {
  readonly action: 'none' | 'reads-on' | 'review' | 'incident';
  readonly who: string;
  /** Unix milliseconds by which it happens, or a review is due. */
  readonly by?: number;
};

export type Explanation = {
  readonly agree: boolean;
  readonly sides: readonly [SideSummary, SideSummary];
  readonly cause: Cause;
  readonly gap: Gap | null;
  readonly next: Next;
};

/**
 * Names what made two verdicts on one credential differ. Pure: works from the two bases, and from the deciding entry
 * when the caller could find one in the log.
 */
export function explain(a: Side, b: Side, deciding?: DecidingEntry): Explanation {
  const cause = causeOf(a, b, deciding);
  const gap = gapOf(a, b);
  const agree = cause.kind === 'agreement';
  return { agree, sides: [summaryOf(a), summaryOf(b)], cause, gap, next: nextOf(a, b, cause, gap) };
}

function summaryOf(side: Side): SideSummary {
  const { name, verdict } = side;
  return {
    name,
    outcome: verdict.outcome,
    position: homePosition(verdict.basis) ?? null,
    ageMs: verdict.ageMs ?? null,
    judgedAt: verdict.basis.tick * TICK_MS,
    isPinned: isPinned(side),
    allows: verdict.allows,
  };
}

/**
 * What made two verdicts differ, and nothing else of what `explain` says. The order matters: a difference of what was judged
 * comes before one of what was known.
 */
export function causeOf(a: Side, b: Side, deciding?: DecidingEntry): Cause {
  const [x, y] = [a.verdict, b.verdict];
  if (x.outcome === y.outcome && x.allows.effect === y.allows.effect) return { kind: 'agreement' };
  if (x.basis.presented !== y.basis.presented && !sameCredential(x, y)) return { kind: 'other-presentation' };
  const external = checkCause(x, y);
  if (external !== undefined) return external;
  const dates = datesCause(x, y);
  if (dates !== undefined) return dates;
  const [p, q] = comparedPositions(x.basis, y.basis);
  if (p !== undefined && q !== undefined && p.log === q.log) {
    if (p.size === q.size && p.root !== q.root) return { kind: 'fork', size: p.size };
    if (p.size !== q.size) return positionCause(a, b, deciding);
  }
  const networks = networkCause(x, y);
  if (networks !== undefined) return networks;
  if (p?.log !== q?.log)
    return { kind: 'position', behind: p === undefined ? a.name : b.name, ahead: p === undefined ? b.name : a.name };
  const cause = askedCause(x, y) ?? witnessesCause(a, b);
  return cause ?? (x.basis.tick === y.basis.tick ? { kind: 'unexplained' } : clockCause(a, b));
}

/** Cosignatures alone make evidence young: two that read the same log may hold different ones. */
function witnessesCause(a: Side, b: Side): Cause | undefined {
  const [one, other] = [a, b].map(({ verdict: { basis } }) => {
    const word = basis.witnessed?.find(({ log }) => log === basis.positions[0]?.log);
    return word === undefined ? undefined : (word.time ?? null);
  });
  if (one === undefined || other === undefined || one === other) return undefined;
  return { kind: 'witnesses', older: (one ?? 0) < (other ?? 0) ? a.name : b.name, times: [one, other] };
}

/** Verifiers of two networks answer by two rulebooks, however far each had read. */
function networkCause({ basis: a }: Verdict, { basis: b }: Verdict): Cause | undefined {
  if (a.rulebook === undefined || b.rulebook === undefined) return undefined;
  const networks = [a.rulebook.network, b.rulebook.network] as const;
  return networks[0] === networks[1] ? undefined : { kind: 'network', networks };
}

/** Its dates decide only where nothing worse does: a revoked credential is revoked, however old. */
function datesCause(x: Verdict, y: Verdict): Cause | undefined {
  if (x.basis.tick === y.basis.tick) return undefined;
  const dated = [x, y].map(({ outcome }) =>
    outcome === 'expired' || outcome === 'not-yet-valid' ? outcome : undefined,
  );
  const other = dated[0] === undefined ? x.outcome : y.outcome;
  const outcome = dated[0] ?? dated[1];
  if (outcome === undefined || other === 'revoked' || other === 'suspended' || other === 'invalid') return undefined;
  return { kind: 'validity', outcome };
}

/** What two verdicts were judged by, beside how far and how long ago the network was read. */
function askedCause(x: Verdict, y: Verdict): Cause | undefined {
  if (x.basis.rulebook?.index !== y.basis.rulebook?.index) {
    return { kind: 'rulebook', indices: [x.basis.rulebook?.index ?? -1, y.basis.rulebook?.index ?? -1] };
  }
  if (!sameJson(questionOf(x), questionOf(y))) return { kind: 'request' };
  if (x.basis.profile !== y.basis.profile) {
    return { kind: 'profile', profiles: [x.basis.profile ?? '', y.basis.profile ?? ''] };
  }
  const issuer = issuerCause(x, y);
  if (issuer !== undefined) return issuer;
  if (x.basis.policy !== y.basis.policy || x.basis.anchors !== y.basis.anchors) return { kind: 'policy' };
  if (!sameJson(x.basis.foreign, y.basis.foreign)) return { kind: 'foreign-evidence' };
  if (!sameJson(x.basis.missing, y.basis.missing)) return { kind: 'foreign-evidence' };
  return undefined;
}

function issuerCause(x: Verdict, y: Verdict): Cause | undefined {
  if (sameJson(x.basis.issuers, y.basis.issuers)) return undefined;
  const codes = [x, y].map(({ reasons }) => reasons.find(({ code }) => ISSUER_TERM_CODES.has(code))?.code);
  const code = codes[0] ?? codes[1];
  return code === undefined || codes[0] === codes[1] ? undefined : { kind: 'issuer-record', code };
}

/** Every presentation is made for one asker and one moment; that differs always, and matters where it did not fit. */
function questionOf({ basis: { request }, reasons }: Verdict): unknown {
  if (reasons.some(({ code }) => code.startsWith('holder.'))) return request;
  if (request.nonce === undefined && request.audience === undefined) return request;
  const { nonce: _nonce, audience: _audience, ...question } = request;
  return question;
}

/**
 * External checks are judged only where all else is well, so one that failed or was silent alone decides. Undefined when
 * none did, as one that passed changes nothing; when the other verdict was not asked for it, the policies differ.
 */
function checkCause(x: Verdict, y: Verdict): Cause | undefined {
  const said = ({ checks }: Verdict, name: string) => {
    const check = checks.find((entry) => entry.name === name);
    return check === undefined ? undefined : (check.why ?? check.result);
  };
  const names = [...externalNames(x), ...externalNames(y)];
  if (names.length === 0) return undefined;
  const reached = ({ checks }: Verdict) =>
    checks.every(({ why, name }) => !names.includes(name) || why !== 'not-reached');
  if (!reached(x) || !reached(y)) return undefined;
  const name = names.find((candidate) => {
    const [a = 'passed', b = 'passed'] = [said(x, candidate), said(y, candidate)];
    return a !== b;
  });
  if (name === undefined) return undefined;
  const [a, b] = [said(x, name), said(y, name)];
  if (a === undefined || b === undefined) return { kind: 'policy' };
  return { kind: 'check', check: name.slice('check:'.length), said: [a, b] };
}

function externalNames({ checks }: Verdict): string[] {
  return checks.filter(({ name }) => name.startsWith('check:')).map(({ name }) => name);
}

const NOTHING = { log: '', size: 0 };

function positionCause(a: Side, b: Side, deciding: DecidingEntry | undefined): Cause {
  const [behind, ahead] = sortByPosition(a, b);
  const [x, y] = [behind.verdict, ahead.verdict];
  const [{ log, size: from } = NOTHING, { size: to } = NOTHING] = comparedPositions(x.basis, y.basis);
  // The entry that decided is one of the log that has the credential's list.
  const isIssuers = log === (x.basis.recognised?.log ?? log);
  if (deciding !== undefined && isIssuers && from <= deciding.entry && deciding.entry < to)
    return { kind: 'decision', deciding };
  if (isPinned(behind)) return { kind: 'request' };
  const age: Cause = { kind: 'age', older: behind.name };
  const unread: Cause = x.outcome === 'unknown' ? age : { kind: 'position', behind: behind.name, ahead: ahead.name };
  // A decision that could not be looked up is one all the same.
  if ([x, y].some(({ outcome }) => outcome === 'revoked' || outcome === 'suspended')) return unread;
  if (!sameJson(questionOf(x), questionOf(y))) return { kind: 'request' };
  const witnessed = x.freshness === y.freshness ? undefined : witnessesCause(a, b);
  if (witnessed !== undefined) return witnessed;
  if (x.outcome === y.outcome && x.freshness !== y.freshness) return age;
  return trustCause(x, y) ?? askedCause(x, y) ?? (x.outcome === y.outcome ? age : unread);
}

function trustCause(x: Verdict, y: Verdict): Cause | undefined {
  const [one, other] = [x, y].map(
    ({ reasons }) => reasons.find(({ code }) => /^(trust|recognition)\./.test(code))?.code,
  );
  const code = one ?? other;
  return code === undefined || one === other ? undefined : { kind: 'trust', code };
}

function clockCause(a: Side, b: Side): Cause {
  const [x, y] = [a.verdict, b.verdict];
  if (x.freshness !== y.freshness) return { kind: 'age', older: (x.ageMs ?? 0) > (y.ageMs ?? 0) ? a.name : b.name };
  return { kind: 'clock', between: [x.basis.tick * TICK_MS, y.basis.tick * TICK_MS] };
}

function sortByPosition(a: Side, b: Side): [Side, Side] {
  const [x, y] = comparedPositions(a.verdict.basis, b.verdict.basis);
  return (x?.size ?? 0) <= (y?.size ?? 0) ? [a, b] : [b, a];
}

/** Whether it stands at the position it was asked at: one that could not stand there is behind like any other. */
function isPinned({ verdict }: Side): boolean {
  const { request } = verdict.basis;
  const held = homePosition(verdict.basis);
  return request.freshness.mode === 'at' && held !== undefined && isSamePosition(held, request.freshness.position);
}

/** One credential may be presented twice, with two key bindings. */
function sameCredential(x: Verdict, y: Verdict): boolean {
  return x.basis.credential !== undefined && x.basis.credential === y.basis.credential;
}

function gapOf(a: Side, b: Side): Gap | null {
  const [behind, ahead] = sortByPosition(a, b);
  const [held, other] = comparedPositions(behind.verdict.basis, ahead.verdict.basis);
  if (held === undefined || other === undefined || held.log !== other.log || held.size === other.size) return null;
  // Whoever was asked to judge by the past is not late.
  if (isPinned(behind)) return null;
  // With two networks in play it matters which of them was read late.
  const isTwo = [behind, ahead].some(({ verdict }) => verdict.basis.recognised?.log !== undefined);
  const log = isTwo ? { log: held.log } : {};
  return { behind: behind.name, beganAt: held.time, entries: other.size - held.size, owner: behind.name, ...log };
}

/** Reading on changes nothing about these. */
const SETTLED: ReadonlySet<Cause['kind']> = new Set([
  'agreement',
  'request',
  'policy',
  'profile',
  'issuer-record',
  'network',
  'validity',
]);

function nextOf(a: Side, b: Side, cause: Cause, gap: Gap | null): Next {
  if (cause.kind === 'agreement' || cause.kind === 'request' || cause.kind === 'policy')
    return { action: 'none', who: '' };
  if (cause.kind === 'check') return { action: 'none', who: '' };
  if (SETTLED.has(cause.kind)) return { action: 'none', who: '' };
  if (cause.kind === 'fork' || cause.kind === 'unexplained') return { action: 'incident', who: 'operator' };
  if (gap === null) return { action: 'none', who: '' };
  const behind = gap.behind === a.name ? a : b;
  const confirmBy = behind.verdict.allows.confirmBy;
  return { action: 'reads-on', who: gap.owner, ...(confirmBy === undefined ? {} : { by: confirmBy }) };
}

function sameJson(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
