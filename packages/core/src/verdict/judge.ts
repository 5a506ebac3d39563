import { sha256Base64url } from '../encoding/bytes.ts';
import { thumbprint } from '../encoding/jwk.ts';
import type { Jws } from '../encoding/jws.ts';
import type { Effect } from '../rulebook/rulebook.ts';
import { failed, judgeParsed } from './checks.ts';
import type { Evidence, ForeignBitstring, ForeignStatus, IssuerKey } from './evidence.ts';
import { basisOfChecks, type ExternalFindings, judgeExternalChecks, lesserEffect } from './external-checks.ts';
import { foreignListsOf, isReversed, namesRevocation } from './foreign-lists.ts';
import { type Aging, ageEvidence, type Dated, DEFAULT_FRESHNESS } from './freshness.ts';
import type { Finding, Judgement } from './judgement.ts';
import { pinned } from './pinned.ts';
import { positionsOf } from './positions.ts';
import { appliedProfile, judgeProfile } from './profile.ts';
import { consequenceOf } from './reasons.ts';
import { recognisedTerms } from './recognised.ts';
import {
  type Allowance,
  type Basis,
  CHECK_NAMES,
  type Check,
  type CheckName,
  type ForeignBasis,
  type Issuer,
  OUTCOMES,
  type Outcome,
  type Reason,
  TICK_MS,
  type Verdict,
} from './verdict.ts';
import { asOfNetwork, isTimeWitnessed, witnessedBasis } from './witnessed.ts';

/**
 * May I rely on this? Total and pure: equal arguments give equal verdicts, byte for byte, in every runtime. The order is
 * that of the standards: signature, dates, trust, and only then status (Token Status List section 8.3).
 */
export function judge(asked: Judgement): Verdict {
  const judgement = pinned(asked);
  const { parse, evidence, request, tick } = judgement;
  const rules = evidence.network?.rulebook?.body.freshness ?? DEFAULT_FRESHNESS;
  const aging = ageEvidence(datedEvidence(judgement), rules, request.class, tick * TICK_MS);
  const own = parse.ok ? judgeParsed(parse, judgement, aging) : [failed('format', parse.reason)];
  const profiled = parse.ok ? judgeProfile(parse, judgement, { findings: own, ageMs: aging.ageMs }) : undefined;
  const findings = profiled === undefined ? own : [...own, profiled];
  const external = judgeExternalChecks(judgement, findings, aging);
  const reasons = reasonsOf(findings, external.findings);
  const outcome = outcomeOf(reasons);
  const recognised = recognitionOf(judgement);
  const verdict: Draft<Verdict> = { v: 1, outcome, reasons, freshness: aging.band };
  if (aging.ageMs !== undefined) verdict.ageMs = aging.ageMs;
  verdict.conflict = isConflict(evidence);
  verdict.allows = allowanceOf(outcome, reasons, judgement, { aging, external });
  if (parse.ok && evidence.issuerKey !== undefined) verdict.issuer = issuerOf(evidence.issuerKey, judgement);
  if (parse.ok) verdict.type = parse.vct;
  if (recognised !== undefined) verdict.recognised = recognised;
  verdict.checks = listChecks(findings, external.findings);
  verdict.notEstablished = notEstablished(judgement);
  verdict.usableUntil = outcome === 'valid' ? Math.min(usableUntil(judgement, aging), external.usableUntil) : 0;
  verdict.basis = basisOf(judgement);
  return verdict as Verdict;
}

/** Written member by member, in the order of its text: what is absent is no member at all, and nothing is copied for it. */
type Draft<T> = { -readonly [Member in keyof T]?: T[Member] };

/** The evidence this credential needed that ages. What is in the credential itself does not. */
function datedEvidence({ parse, evidence }: Judgement): Dated[] {
  const { issuerKey, network, status } = evidence;
  const dated: Dated[] = [];
  // Recognised is what two networks say, so both must be fresh: the one that was read the least decides.
  if (issuerKey?.source === 'recognised') {
    for (const view of [network, evidence.recognised?.network]) {
      if (view !== undefined) dated.push({ asOf: asOfNetwork(view), source: 'network' });
    }
    return dated;
  }
  if (issuerKey?.asOf !== undefined) {
    dated.push({ asOf: issuerKey.asOf, source: issuerKey.source === 'network' ? 'network' : 'foreign' });
  }
  if (parse.ok && parse.status !== undefined) {
    if (network?.lists.has(parse.status.uri)) dated.push({ asOf: asOfNetwork(network), source: 'network' });
    else if (status?.ok) dated.push({ asOf: status.asOf, source: 'foreign' });
  }
  for (const list of evidence.bitstrings ?? []) if (list.ok) dated.push({ asOf: list.asOf, source: 'foreign' });
  return dated;
}

function isConflict(evidence: Evidence): boolean {
  const { contradiction, issuerKey, recognised } = evidence;
  const isOtherForked = issuerKey?.source === 'recognised' && recognised?.contradiction !== undefined;
  return contradiction !== undefined || isOtherForked || foreignListsOf(evidence).some(isReversed);
}

/** Most findings give none. */
function reasonsOf(...found: readonly (readonly Finding[])[]): Reason[] {
  const reasons: Reason[] = [];
  for (const findings of found) {
    for (const finding of findings) if (finding.reasons.length > 0) reasons.push(...finding.reasons);
  }
  return reasons;
}

function outcomeOf(reasons: readonly Reason[]): Outcome {
  if (reasons.length === 0) return 'valid';
  const ranks = reasons.map(({ code }) => OUTCOMES.indexOf(consequenceOf(code).outcome));
  return OUTCOMES[Math.min(...ranks)] ?? 'valid';
}

function allowanceOf(
  outcome: Outcome,
  reasons: readonly Reason[],
  judgement: Judgement,
  { aging, external }: { readonly aging: Aging; readonly external: ExternalFindings },
): Allowance {
  const { effects, advanceMax } = aging.rule;
  const heals = reasons.every(({ code }) => consequenceOf(code).heals === true);
  // What was true then is no leave to pay now, however young it was then.
  const isPast = judgement.request.freshness.mode === 'at';
  const atMost = lesserEffect(isPast ? 'reserve' : 'final', external.atMost);
  const allowed = (effect: Effect) => lesserEffect(effect, atMost);
  if (outcome === 'unknown') return { effect: heals ? allowed(effects['cut-off']) : 'none' };
  if (outcome !== 'valid') return { effect: 'none' };
  // Evidence that contradicts itself is no better than stale evidence.
  const effect = allowed(effects[isConflict(judgement.evidence) ? 'stale' : aging.band]);
  if (effect !== 'reserve' && effect !== 'advance') return { effect };
  const maxAmount = effect === 'advance' ? advanceMax : judgement.request.amount;
  return {
    effect,
    ...(maxAmount === undefined ? {} : { maxAmount }),
    ...(isPast ? {} : { confirmBy: aging.cutOffAt }),
  };
}

function usableUntil(judgement: Judgement, aging: Aging): number {
  const { parse, tick } = judgement;
  const terms = termsOf(judgement);
  const endsAt = terms?.ok === true ? terms.until : Number.MAX_SAFE_INTEGER;
  const expiresAt = parse.ok && parse.exp !== undefined ? parse.exp * 1000 : Number.MAX_SAFE_INTEGER;
  const maxAgeMs = parse.ok ? appliedProfile(parse, judgement)?.profile?.maxAgeMs : undefined;
  const tooOldAt = maxAgeMs === undefined ? Number.MAX_SAFE_INTEGER : tick * TICK_MS - (aging.ageMs ?? 0) + maxAgeMs;
  const exceptedUntil = judgement.evidence.issuerKey?.exception?.until ?? Number.MAX_SAFE_INTEGER;
  return Math.min(aging.bandEndsAt, expiresAt, endsAt, tooOldAt, exceptedUntil);
}

function notEstablished(judgement: Judgement): string[] {
  const { parse, evidence, request } = judgement;
  const codes = ['truth-of-claims'];
  if (!parse.ok) return codes;
  if (request.freshness.mode === 'at') codes.push('validity-now');
  const isBound = request.nonce !== undefined && parse.keyBinding !== undefined;
  if (!isBound) codes.push('possession');
  if (!namesRevocation(parse)) codes.push('revocation');
  if (evidence.issuerKey?.trust !== 'yes' || termsOf(judgement)?.ok === false) codes.push('issuer-authority');
  if (evidence.issuerKey?.exception !== undefined) codes.push('accreditation-in-force');
  if (evidence.network !== undefined && !isTimeWitnessed(evidence)) codes.push('witnessed-time');
  return codes;
}

function termsOf(judgement: Judgement) {
  return judgement.parse.ok ? recognisedTerms(judgement.parse, judgement) : undefined;
}

function recognitionOf(judgement: Judgement): Verdict['recognised'] {
  const terms = termsOf(judgement);
  return terms?.ok === true ? { as: terms.as, until: terms.until } : undefined;
}

function issuerOf(found: IssuerKey, judgement: Judgement): Issuer {
  const { id, name, key, source, fingerprint } = found;
  const terms = termsOf(judgement);
  const assurance = terms?.ok === true ? terms.assurance : found.assurance;
  const network = source === 'recognised' ? judgement.evidence.recognised?.name : undefined;
  const issuer: Draft<Issuer> = { id };
  if (name !== undefined) issuer.name = name;
  issuer.key = thumbprint(key);
  issuer.source = source;
  if (network !== undefined) issuer.network = network;
  if (assurance !== undefined) issuer.assurance = assurance;
  if (found.exception !== undefined) issuer.exception = found.exception;
  if (fingerprint !== undefined) issuer.fingerprint = fingerprint;
  return issuer as Issuer;
}

function basisOf(judgement: Judgement): Basis {
  const { parse, evidence, anchors, issuerTerms } = judgement;
  const { network } = evidence;
  const [missing, checks] = [missingOf(evidence), basisOfChecks(evidence)];
  const [recognised, witnessed] = [recognisedBasis(evidence), witnessedBasis(evidence)];
  const profile = parse.ok ? appliedProfile(parse, judgement) : undefined;
  const basis: Draft<Basis> = { positions: positionsOf(evidence), presented: parse.presentedDigest };
  if (parse.ok) basis.credential = credentialDigest(parse.issuerJwt);
  basis.foreign = foreignBasis(evidence);
  if (missing !== undefined) basis.missing = missing;
  if (checks !== undefined) basis.checks = checks;
  if (anchors !== undefined) basis.anchors = anchors;
  if (recognised !== undefined) basis.recognised = recognised;
  if (witnessed !== undefined) basis.witnessed = witnessed;
  if (network?.rulebook !== undefined) basis.rulebook = { network: network.name, index: network.rulebook.index };
  if (profile !== undefined) basis.profile = profile.id;
  basis.policy = judgement.policy;
  if (issuerTerms !== undefined) basis.issuers = issuerTerms;
  basis.request = judgement.request;
  basis.tick = judgement.tick;
  return basis as Basis;
}

function recognisedBasis({ recognised }: Evidence): Basis['recognised'] {
  if (recognised === undefined) return undefined;
  const { name, network } = recognised;
  return { network: name, ...(network === undefined ? {} : { log: network.position.log }) };
}

const CREDENTIAL_DIGESTS = new WeakMap<Jws, string>();

/** Remembered for each parse: what is asked again, or waits for evidence, is judged more than once. */
function credentialDigest(jwt: Jws): string {
  const known = CREDENTIAL_DIGESTS.get(jwt);
  if (known !== undefined) return known;
  const digest = sha256Base64url(jwt.signingInput);
  CREDENTIAL_DIGESTS.set(jwt, digest);
  return digest;
}

/** Silence shapes a verdict as much as evidence does, so a verdict that met it has another basis. */
function missingOf(evidence: Evidence): Basis['missing'] {
  const { contradiction, unpinned, elsewhere, issuerUnknown, recognised } = evidence;
  const otherFork = recognised?.contradiction === undefined ? undefined : 'recognition.fork';
  const ofList = (list: ForeignStatus | ForeignBitstring) =>
    list.ok ? (isReversed(list) ? 'status.reversed' : undefined) : list.why;
  const codes = [contradiction, otherFork, unpinned, elsewhere, issuerUnknown, ...foreignListsOf(evidence).map(ofList)];
  const missing = codes.filter((code) => code !== undefined);
  return missing.length === 0 ? undefined : missing;
}

function foreignBasis(evidence: Evidence): ForeignBasis[] {
  const { issuerKey } = evidence;
  const found: ForeignBasis[] = [];
  if (issuerKey?.digest !== undefined && issuerKey.asOf !== undefined) {
    found.push({ kind: 'key', source: issuerKey.source, digest: issuerKey.digest, asOf: issuerKey.asOf });
  }
  for (const list of foreignListsOf(evidence)) {
    if (list.ok) found.push({ kind: 'status', source: list.uri, digest: list.digest, asOf: list.asOf });
  }
  return found;
}

const NOT_REACHED = Object.fromEntries(
  CHECK_NAMES.map((name): [CheckName, Check] => [name, { name, result: 'skipped', why: 'not-reached' }]),
) as Readonly<Record<CheckName, Check>>;

/** Findings come in the order of our checks, up to where judging stopped; that of the profile and those of others follow. */
function listChecks(findings: readonly Finding[], external: readonly Finding[]): Check[] {
  let at = 0;
  const checks = CHECK_NAMES.map((name) => {
    const reached = findings[at]?.check;
    if (reached?.name !== name) return NOT_REACHED[name];
    at += 1;
    return reached;
  });
  for (const { check } of findings.slice(at)) checks.push(check);
  for (const { check } of external) checks.push(check);
  return checks;
}
