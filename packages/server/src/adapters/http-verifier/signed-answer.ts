import {
  CodedError,
  canonicalJson,
  isCodedError,
  type Json,
  type Position,
  type PublicJwk,
  parseJsonObject,
  parseUtf8,
  parseVerdictEnvelope,
  sha256Base64url,
  signatureCheck,
  thumbprint,
  type VerdictEnvelope,
  type WantedFreshness,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { GivenVerdict } from '../../ports/verification.ts';

/** What was asked: an answer to anything else, however well signed, is somebody's recording. */
export type Asked =
  | { readonly presented: string; readonly request: AskedRequest }
  | { readonly confirms: string; readonly atLeast: Position };

type AskedRequest = {
  readonly class: 'pay' | 'view';
  readonly freshness: WantedFreshness;
  readonly amount?: string | undefined;
  readonly nonce?: string | undefined;
  readonly audience?: string | undefined;
  readonly query?: Json | undefined;
};

/** A verdict repeats the query it was asked, twice in one answer. */
export const MAX_ANSWER_BYTES = 1_048_576;

export type Accredited = {
  /** The party that must have signed, and the keys of which it must have used one. */
  readonly party: string;
  readonly keys: readonly PublicJwk[];
  readonly engine: SignatureEngine;
};

/**
 * Opens what a verifier has answered: `{signed}`, whatever else is in it. Throws `verifier.answer` for what is no verdict,
 * not signed by this verifier with one of its keys, or not about what was asked; and what the engine throws.
 */
export async function openAnswer(
  bytes: Uint8Array,
  asked: Asked,
  { party, keys, engine }: Accredited,
): Promise<GivenVerdict> {
  const { jws, kid, envelope, signed } = parseAnswer(bytes);
  if (envelope.iss !== party) throw wrong('issuer');
  const key = keys.find((known) => thumbprint(known) === kid);
  if (key === undefined) throw wrong('key');
  const [holds] = await engine.verify([signatureCheck(jws, key)]);
  if (holds !== true) throw wrong('signature');
  if (!answers(envelope, asked)) throw wrong('question');
  return { id: envelope.jti, jws: signed, verdict: envelope.verdict };
}

function parseAnswer(bytes: Uint8Array) {
  try {
    const { signed } = parseJsonObject(parseUtf8(bytes), { maxLength: MAX_ANSWER_BYTES, maxDepth: 32 });
    const text = String(signed);
    return { ...parseVerdictEnvelope(text), signed: text };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw wrong('format', error);
  }
}

function answers({ confirms, verdict }: VerdictEnvelope, asked: Asked): boolean {
  const { request, presented } = verdict.basis;
  if ('presented' in asked) {
    return presented === sha256Base64url(asked.presented) && canonicalJson(request) === canonicalJson(asked.request);
  }
  const { class: action, freshness } = request;
  const wanted = { mode: 'at-least', positions: [asked.atLeast] };
  return confirms === asked.confirms && action === 'pay' && canonicalJson(freshness) === canonicalJson(wanted);
}

function wrong(what: string, cause?: unknown): CodedError {
  return new CodedError(
    'verifier.answer',
    `What the verifier answered is not what it would have signed for this question: ${what}.`,
    { what },
    cause,
  );
}
