import { judgeKeyBinding } from '../credential/key-binding.ts';
import type { Credential } from '../credential/parsed-credential.ts';
import { judgeQuery } from '../credential/query.ts';
import { thumbprint } from '../encoding/jwk.ts';
import type { Position } from '../log/position.ts';
import { readStatus } from '../status/packed.ts';
import { SUPERSEDED } from '../status/superseded.ts';
import type { Evidence } from './evidence.ts';
import { bitstringCodes } from './foreign-lists.ts';
import type { Aging } from './freshness.ts';
import type { Finding, Judgement } from './judgement.ts';
import { faultOfPin } from './pinned.ts';
import { positionsOf } from './positions.ts';
import { consequenceOf } from './reasons.ts';
import { recognisedTerms } from './recognised.ts';
import { isUnreadable, trustFault } from './trust-fault.ts';
import { CHECK_NAMES, type CheckName, OUTCOMES, type Reason, TICK_MS } from './verdict.ts';

/** Seconds by which a date may lie ahead of us, because clocks differ. Never added to an expiry. */
const CLOCK_SKEW_S = 60;
/** A key binding is made for one request; this old it is somebody's recording. */
const MAX_BINDING_AGE_S = 600;

/** Every check of a parsed credential, in the order of the standards. */
export function judgeParsed(parsed: Credential, judgement: Judgement, aging: Aging): Finding[] {
  const unpinned = faultOfPin(judgement);
  // As of another point than was asked, every other check would answer another question, a revocation too.
  if (unpinned !== undefined) {
    return [passed('format'), failed('position', { code: judgement.evidence.contradiction ?? unpinned })];
  }
  const authentic = judgeSignature(judgement);
  const findings: Finding[] = [
    passed('format'),
    authentic,
    judgeHolder(parsed, judgement),
    judgeTime(parsed, judgement.tick),
    judgeTrust(parsed, judgement),
  ];
  if (authentic.check.result === 'failed') return findings;
  findings.push(
    judgePosition(parsed, judgement),
    judgeStatus(parsed, judgement),
    judgeFreshness(judgement, aging),
    judgeQueryAnswer(parsed, judgement),
  );
  return findings;
}

/** Only a `true` from an engine passes: a result that is missing counts as one that failed. */
function judgeSignature({ signatures, evidence }: Judgement): Finding {
  if (evidence.issuerKey === undefined) {
    return skipped('issuer-signature', evidence.issuerUnknown ?? 'trust.issuer_unknown');
  }
  if (signatures.refused !== undefined) return failed('issuer-signature', { code: signatures.refused });
  return signatures.issuer === true
    ? passed('issuer-signature')
    : failed('issuer-signature', { code: 'signature.invalid' });
}

/**
 * Asked for a nonce or an audience, a credential without its holder's signature is somebody else's. Not asked, a key
 * binding that is there must still be whole, but says nothing about who holds it now.
 */
function judgeHolder(parsed: Credential, { signatures, evidence, request, tick }: Judgement): Finding {
  const { keyBinding } = parsed;
  const isAsked = request.nonce !== undefined || request.audience !== undefined;
  // Made long before the position or long after it: what ties it to its purpose is the nonce, and no clock of today.
  const isTimed = isAsked && request.freshness.mode !== 'at';
  if (keyBinding === undefined && !isAsked) return skipped('holder-binding', 'not-asked');
  const codes = judgeKeyBinding(parsed, {
    nonce: request.nonce ?? keyBinding?.nonce ?? '',
    audience: request.audience ?? keyBinding?.audience ?? '',
    now: nowSeconds(tick),
    maxAgeS: MAX_BINDING_AGE_S,
    skewS: CLOCK_SKEW_S,
  }).filter((code) => isTimed || (code !== 'holder.stale' && code !== 'holder.future'));
  // Without the issuer's key no signature was looked at, so none is known to be forged.
  const isChecked = evidence.issuerKey !== undefined;
  const isForged = keyBinding !== undefined && isChecked && signatures.holder !== true;
  const all = isForged ? ['holder.signature', ...codes] : codes;
  if (all.length > 0) return failed('holder-binding', ...all.map((code) => ({ code })));
  return isChecked ? passed('holder-binding') : skipped('holder-binding', 'not-reached');
}

function judgeTime(parsed: Credential, tick: number): Finding {
  const now = nowSeconds(tick);
  if (parsed.exp !== undefined && parsed.exp <= now)
    return failed('validity-time', { code: 'time.expired', path: '/exp' });
  if (parsed.nbf !== undefined && parsed.nbf > now + CLOCK_SKEW_S) {
    return failed('validity-time', { code: 'time.not_yet_valid', path: '/nbf' });
  }
  if (parsed.iat !== undefined && parsed.iat > now + CLOCK_SKEW_S) {
    return failed('validity-time', { code: 'time.not_yet_valid', path: '/iat' });
  }
  return passed('validity-time');
}

function judgeTrust(parsed: Credential, judgement: Judgement): Finding {
  const code = trustFault(parsed, judgement);
  return code === undefined ? passed('issuer-trust') : failed('issuer-trust', { code });
}

/** Never judge a credential by a position older than its list, nor below what the asker has seen. */
function judgePosition(parsed: Credential, { evidence, request }: Judgement): Finding {
  if (evidence.contradiction !== undefined) return failed('position', { code: evidence.contradiction });
  const isRecognised = evidence.issuerKey?.source === 'recognised';
  if (isRecognised && evidence.recognised?.contradiction !== undefined) {
    return failed('position', { code: 'recognition.fork' });
  }
  const wanted = request.freshness.mode === 'at-least' ? request.freshness.positions : NONE;
  const positions = positionsOf(evidence);
  // What a quorum has carried over from an earlier log of the network counts as read.
  const earlier = evidence.network?.predecessors ?? NONE;
  const read = earlier.length === 0 ? positions : [...positions, ...earlier];
  const reasons: Reason[] = [];
  for (const position of wanted) {
    const held = read.find(({ log }) => log === position.log);
    if (held === undefined) reasons.push({ code: 'position.log_unknown', path: '' });
    else if (position.size > held.size) reasons.push({ code: 'position.ahead', path: '' });
  }
  // Another history than ours may hold the very revocation that the asker has seen.
  if (evidence.elsewhere !== undefined) reasons.push({ code: evidence.elsewhere, path: '' });
  const opened = parsed.network;
  if (opened !== undefined && read.some(({ log, size }) => log === opened.log && opened.size > size)) {
    reasons.push({ code: 'position.behind_credential', path: '/network' });
  }
  if (reasons.length > 0) return { check: { name: 'position', result: 'failed', why: codeOf(reasons[0]) }, reasons };
  return positions.length === 0 ? skipped('position', 'no-network') : passed('position');
}

const NONE: readonly Position[] = [];

function codeOf(reason: Reason | undefined): string {
  return reason?.code ?? '';
}

/** All sources are asked and the more protective wins: a list of ours, and the issuer's own where we hold it. */
function judgeStatus(parsed: Credential, judgement: Judgement): Finding {
  const { status, bitstrings, otherStatus, format } = parsed;
  const path = format === 'vc+jwt' ? '/credentialStatus' : '/status';
  if (status === undefined && bitstrings === undefined) {
    // The issuer may have revoked it in a way we cannot read: that is not the same as never revoking.
    if (otherStatus !== undefined) return failed('status', { code: 'status.mechanism_unsupported', path });
    return skipped('status', 'no-status');
  }
  let worst: string | undefined;
  if (status !== undefined) {
    worst = worse(networkStatus(status, judgement.evidence), foreignStatus(status, judgement));
  }
  for (const code of bitstringCodes(parsed, judgement.evidence, judgement.tick * TICK_MS)) worst = worse(worst, code);
  if (worst === undefined) return failed('status', { code: 'status.unavailable', path });
  return worst === 'passed' ? passed('status') : failed('status', { code: worst, path });
}

/** Of two that are equally bad the first; silence is neither. */
function worse(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return severity(b) < severity(a) ? b : a;
}

function severity(code: string): number {
  return code === 'passed' ? OUTCOMES.length : OUTCOMES.indexOf(consequenceOf(code).outcome);
}

type StatusReference = { readonly uri: string; readonly index: number };

function networkStatus({ uri, index }: StatusReference, evidence: Evidence): string | undefined {
  const { issuerKey } = evidence;
  const network = issuerKey?.source === 'recognised' ? evidence.recognised?.network : evidence.network;
  const list = network?.lists.get(uri);
  if (network === undefined || list === undefined || issuerKey === undefined) return undefined;
  if (isUnreadable(network.critical, uri)) return 'critical.statement_unknown';
  if (list.issuer !== issuerKey.id || list.key !== thumbprint(issuerKey.key)) return 'status.wrong_list_key';
  const value = list.values[index];
  if (value === SUPERSEDED) return 'status.superseded';
  return value === undefined ? 'status.index_out_of_range' : codeOfValue(value);
}

function foreignStatus({ uri, index }: StatusReference, { evidence, tick }: Judgement): string | undefined {
  const { status } = evidence;
  if (status === undefined) return undefined;
  if (!status.ok) return status.why;
  if (status.uri !== uri) return 'status.wrong_list_key';
  if (index >= (status.packed.length * 8) / status.bits) return 'status.index_out_of_range';
  const code = codeOfValue(readStatus(status.packed, status.bits, index));
  const isExpired = status.expiresAt !== undefined && status.expiresAt <= tick * TICK_MS;
  // A revocation stays one however old the list is; only good news goes stale.
  return code !== 'status.revoked' && isExpired ? 'status.expired' : code;
}

/** Token Status List section 7.1. */
function codeOfValue(value: number): string {
  switch (value) {
    case 0:
      return 'passed';
    case 1:
      return 'status.revoked';
    case 2:
      return 'status.suspended';
    default:
      return 'status.application_specific';
  }
}

/** Whether of the two networks that were consulted it is the other one of which less was read. */
function isOtherBehind({ network, issuerKey, recognised }: Evidence): boolean {
  const [own = 0, other = 0] = [network?.position.time, recognised?.network?.position.time];
  return issuerKey?.source === 'recognised' && other < own;
}

function judgeFreshness({ evidence, request }: Judgement, { ageMs, band }: Aging): Finding {
  if (ageMs === undefined) return skipped('freshness', 'nothing-ages');
  if (request.freshness.mode === 'max-age' && ageMs > request.freshness.maxAgeMs) {
    return failed('freshness', { code: 'freshness.too_old' });
  }
  if (band !== 'cut-off') return passed('freshness');
  return failed('freshness', { code: isOtherBehind(evidence) ? 'recognition.cut_off' : 'freshness.cut_off' });
}

/** A credential that counts as a type here answers a query for that type as well as one for its own. */
function judgeQueryAnswer(parsed: Credential, judgement: Judgement): Finding {
  const { query } = judgement.request;
  if (query === undefined) return skipped('query', 'not-asked');
  const terms = recognisedTerms(parsed, judgement);
  const own = judgeQuery(query, parsed);
  const codes = terms?.ok === true && own.length > 0 ? judgeQuery(query, { ...parsed, vct: terms.as }) : own;
  return codes.length === 0 ? passed('query') : failed('query', ...codes.map((code) => ({ code })));
}

function nowSeconds(tick: number): number {
  return (tick * TICK_MS) / 1000;
}

/** A check that passed has nothing more to say, so every verdict names the same ones. */
const PASSED = Object.fromEntries(
  CHECK_NAMES.map((name): [CheckName, Finding] => [name, { check: { name, result: 'passed' }, reasons: [] }]),
) as Readonly<Record<CheckName, Finding>>;

function passed(name: CheckName): Finding {
  return PASSED[name];
}

function skipped(name: CheckName, why: string): Finding {
  return { check: { name, result: 'skipped', why }, reasons: [] };
}

export function failed(
  name: CheckName,
  ...causes: readonly { readonly code: string; readonly path?: string }[]
): Finding {
  const reasons = causes.map(({ code, path }) => ({ code, path: path ?? '' }));
  return { check: { name, result: 'failed', why: codeOf(reasons[0]) }, reasons };
}
