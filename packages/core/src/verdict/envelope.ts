import { canonicalJson, isJsonObject, type JsonObject } from '../encoding/json.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { OUTCOMES, type Verdict } from './verdict.ts';

export const VERDICT_TYP = 'verdict+jwt';

/**
 * Where the time of one decision went, in milliseconds: reading the text; finding evidence, waiting for others included,
 * without what follows; checking signatures; judging; and each external check, which run beside each other.
 */
export type Stages = {
  readonly parse: number;
  readonly evidence: number;
  readonly signatures: number;
  readonly judge: number;
  /** By the id of the check; absent when none was asked. */
  readonly checks?: Readonly<Record<string, number>>;
};

/** Something that was handed along for a verdict and not used: its place, and the code of why. */
export type IgnoredEvidence = { readonly index: number; readonly why: string };

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
  /** Id at that verifier of the verdict that had been promised an answer, of which this is it. */
  readonly follows?: string;
  readonly stages?: Stages;
  /** Unix milliseconds by which what is still under way will have been answered, whatever anyone does. */
  readonly promisedBy?: number;
  readonly ignored?: readonly IgnoredEvidence[];
  /** More came in than could be done: given from what was at hand, nobody was asked, and its verifier keeps none of it. */
  readonly shed?: true;
  readonly verdict: Verdict;
};

/** What is signed, as `encodeSigningInput` writes it. The verdict is canonical JSON, so that equal verdicts are equal bytes. */
export function encodeVerdictInput(envelope: VerdictEnvelope, alg: string, kid: string): string {
  const header = JSON.stringify({ alg, kid, typ: VERDICT_TYP });
  return [header, canonicalJson(envelope)].map((part) => encodeBase64url(encodeUtf8(part))).join('.');
}

/** Opens a signed verdict without verifying it. Throws `verdict.malformed`, or the code of the layer below. */
export function parseVerdictEnvelope(text: string): {
  readonly jws: Jws;
  readonly kid: string;
  readonly envelope: VerdictEnvelope;
} {
  const jws = parseJws(text);
  const { typ, kid } = jws.header;
  const { iss, iat, jti, durationMs, verdict } = jws.payload;
  const isShaped =
    typeof iss === 'string' &&
    typeof iat === 'number' &&
    typeof jti === 'string' &&
    typeof durationMs === 'number' &&
    isMarginShaped(jws.payload);
  if (typ !== VERDICT_TYP || typeof kid !== 'string' || !isShaped || !isVerdictShaped(verdict)) {
    throw new CodedError('verdict.malformed', 'This is not a signed verdict of version 1.');
  }
  const { confirms, follows, stages, promisedBy, ignored, shed } = jws.payload as unknown as VerdictEnvelope;
  const margin = {
    ...(confirms === undefined ? {} : { confirms }),
    ...(follows === undefined ? {} : { follows }),
    ...(stages === undefined ? {} : { stages }),
    ...(promisedBy === undefined ? {} : { promisedBy }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(shed === undefined ? {} : { shed }),
  };
  return { jws, kid, envelope: { iss, iat, jti, durationMs, ...margin, verdict } };
}

/** What may be there beside the verdict, and is then of one kind. */
function isMarginShaped({ confirms, follows, stages, promisedBy, ignored, shed }: JsonObject): boolean {
  return (
    (confirms === undefined || typeof confirms === 'string') &&
    (follows === undefined || typeof follows === 'string') &&
    (stages === undefined || isJsonObject(stages)) &&
    (promisedBy === undefined || typeof promisedBy === 'number') &&
    (ignored === undefined || Array.isArray(ignored)) &&
    (shed === undefined || shed === true)
  );
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
