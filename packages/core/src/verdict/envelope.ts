import { canonicalJson, type JsonObject } from '../encoding/json.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { CodedError } from '../errors.ts';
import { OUTCOMES, type Verdict } from './verdict.ts';

export const VERDICT_TYP = 'verdict+jwt';

/** What surrounds a verdict when it is signed: handle, duration and time are the verifier's own, not part of the answer. */
export type VerdictEnvelope = {
  /** The verifier's id in its network. */
  readonly iss: string;
  /** Seconds, as RFC 7519 says. */
  readonly iat: number;
  /** The verdict's id at that verifier. */
  readonly jti: string;
  readonly durationMs: number;
  /** Id at that verifier of the verdict whose standing was judged again. */
  readonly confirms?: string;
  readonly verdict: Verdict;
};

/** Header and payload for signing. The verdict is written canonically, so that equal verdicts are equal bytes. */
export function verdictSigningParts(envelope: VerdictEnvelope, alg: string, kid: string): [JsonObject, JsonObject] {
  return [{ alg, kid, typ: VERDICT_TYP }, JSON.parse(canonicalJson(envelope)) as JsonObject];
}

/** Opens a signed verdict without verifying it. Throws `verdict.malformed`, or the code of the layer below. */
export function parseVerdictEnvelope(text: string): {
  readonly jws: Jws;
  readonly kid: string;
  readonly envelope: VerdictEnvelope;
} {
  const jws = parseJws(text);
  const { typ, kid } = jws.header;
  const { iss, iat, jti, durationMs, confirms, verdict } = jws.payload;
  const isShaped =
    typeof iss === 'string' &&
    typeof iat === 'number' &&
    typeof jti === 'string' &&
    typeof durationMs === 'number' &&
    (confirms === undefined || typeof confirms === 'string');
  if (typ !== VERDICT_TYP || typeof kid !== 'string' || !isShaped || !isVerdictShaped(verdict)) {
    throw new CodedError('verdict.malformed', 'This is not a signed verdict of version 1.');
  }
  const confirmed = confirms === undefined ? {} : { confirms };
  return { jws, kid, envelope: { iss, iat, jti, durationMs, ...confirmed, verdict } };
}

function isVerdictShaped(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null) return false;
  const { v, outcome, reasons, checks, allows, basis } = value as Partial<Verdict>;
  return (
    v === 1 &&
    OUTCOMES.some((known) => known === outcome) &&
    Array.isArray(reasons) &&
    Array.isArray(checks) &&
    typeof allows === 'object' &&
    typeof basis === 'object' &&
    basis !== null &&
    typeof basis.tick === 'number' &&
    Array.isArray(basis.positions) &&
    typeof basis.request === 'object'
  );
}

/** The bytes in which two verdicts are compared. */
export function encodeVerdict(verdict: Verdict): string {
  return canonicalJson(verdict);
}
