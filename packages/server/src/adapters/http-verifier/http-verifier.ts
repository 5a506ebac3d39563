import {
  CodedError,
  isCodedError,
  isJsonObject,
  type JsonObject,
  type Position,
  type PublicJwk,
  parseJsonObject,
  parsePositionArray,
  parseUtf8,
} from '@holdfast/core';
import { type Clock, createHttpOrigin, type HttpAsk, type SignatureEngine } from '@holdfast/verifier';
import type { GivenVerdict, Verification, VerificationQuestion } from '../../ports/verification.ts';
import { type Asked, MAX_ANSWER_BYTES, openAnswer } from './signed-answer.ts';

export type HttpVerificationOptions = {
  /** The origin under which it answers, `https://verify.example`. */
  readonly url: string;
  /** Its id in paths. */
  readonly verifier: string;
  /** The party of the network that it signs as; default its id. */
  readonly party?: string;
  readonly operatorKey: string;
  /** The keys that the network accredits it to sign verdicts with, as far as the caller has read: asked for each answer. */
  readonly verdictKeys: () => readonly PublicJwk[];
  readonly engine: SignatureEngine;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** For a whole answer, longer than any verifier waits for others; default 15 s. */
  readonly timeoutMs?: number;
  /** Questions on their way at once; the next one gets `verify.overloaded` and never leaves. Default 256. */
  readonly maxUnderWay?: number;
};

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_UNDER_WAY = 256;
/** What a verifier may tell us of itself and of our request. */
const CODES =
  /^(?:database|json|operator|position|query|request|sealer|signature|standing|verdict|verifier|verify)\.[a-z-]{1,60}$/;

/**
 * A verifier in another process, over HTTP. Only what it has signed, with a key that its network accredits, and what answers
 * this very question is believed; the rest of an answer is not looked at.
 */
export function createHttpVerification(options: HttpVerificationOptions): Verification {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxUnderWay = DEFAULT_UNDER_WAY, party = options.verifier } = options;
  const origin = createHttpOrigin({ ...options, timeoutMs, codes: CODES });
  const path = `/v/${encodeURIComponent(options.verifier)}`;
  const never = new AbortController().signal;
  let underWay = 0;

  const post = (where: string, body: JsonObject | undefined, headers: HttpAsk['headers'] = {}) =>
    ask(where, askOf(options.operatorKey, body, headers));

  async function ask(where: string, question: HttpAsk): Promise<Uint8Array> {
    if (underWay >= maxUnderWay) {
      throw new CodedError('verify.overloaded', 'Too many questions are on their way to this verifier; try again.');
    }
    underWay += 1;
    try {
      return await origin.ask(`${path}${where}`, question, never);
    } catch (error) {
      throw verifierError(error);
    } finally {
      underWay -= 1;
    }
  }

  const open = (bytes: Uint8Array, asked: Asked): Promise<GivenVerdict> =>
    openAnswer(bytes, asked, { party, keys: options.verdictKeys(), engine: options.engine });

  return {
    async verify(question) {
      const { key } = question;
      const named: HttpAsk['headers'] = key === undefined ? {} : { 'idempotency-key': key };
      const bytes = await post('/verify', bodyOf(question), named);
      const { nonce, audience, query, want } = question;
      return open(bytes, { presented: question.presentation, request: { nonce, audience, query, ...want } });
    },
    async confirm(verdictId, atLeast) {
      const bytes = await post(`/verdicts/${encodeURIComponent(verdictId)}/confirm`, { atLeast: { ...atLeast } });
      return open(bytes, { confirms: verdictId, atLeast });
    },
    async settled(verdictId) {
      await post(`/verdicts/${encodeURIComponent(verdictId)}/settled`, undefined);
    },
    async otherPositions() {
      return parseOthers(await ask('', { maxBytes: MAX_ANSWER_BYTES }));
    },
  };
}

/** Throws `verifier.answer`. */
function parseOthers(bytes: Uint8Array): Position[] {
  try {
    const { others = [] } = parseJsonObject(parseUtf8(bytes), { maxLength: MAX_ANSWER_BYTES, maxDepth: 16 });
    return parsePositionArray(Array.isArray(others) ? others.map((one) => isJsonObject(one) && one.position) : others);
  } catch (cause) {
    throw new CodedError('verifier.answer', 'What answers there does not answer as a verifier.', {}, cause);
  }
}

function askOf(operatorKey: string, body: JsonObject | undefined, headers: HttpAsk['headers']): HttpAsk {
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method: 'POST',
    headers: { ...headers, ...content, authorization: `Bearer ${operatorKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    maxBytes: MAX_ANSWER_BYTES,
  };
}

/** As the door takes it; what is undefined is left out. */
function bodyOf({ key: _, want, ...question }: VerificationQuestion): JsonObject {
  const { freshness } = want;
  return { ...question, want: { ...want, freshness: freshnessBody(freshness) } } as JsonObject;
}

function freshnessBody(freshness: VerificationQuestion['want']['freshness']): unknown {
  switch (freshness.mode) {
    case 'any':
      return 'any';
    case 'max-age':
      return { maxAgeMs: freshness.maxAgeMs };
    case 'at-least':
      return { atLeast: freshness.positions };
    case 'at': {
      const { position: at, recognised } = freshness;
      return { at, ...(recognised === undefined ? {} : { recognised }) };
    }
    default:
      return freshness satisfies never;
  }
}

/** Absent, slow and broken half way are one thing to whoever asks: it may have happened, and is asked again. */
function verifierError(error: unknown): unknown {
  if (!isCodedError(error) || !error.code.startsWith('feed.')) return error;
  const isAnswer = error.code === 'feed.answer' || error.code === 'feed.too-large';
  const { status } = error.details;
  const isTheirFault = typeof status === 'number' && status >= 500;
  if (isAnswer && !isTheirFault) {
    return new CodedError('verifier.answer', 'What answers there does not answer as a verifier.', {}, error);
  }
  return new CodedError('verifier.unreachable', 'The verifier does not answer.', {}, error);
}
