import {
  algorithmOf,
  CodedError,
  canonicalJson,
  encodeUtf8,
  isCodedError,
  isJsonObject,
  type JsonObject,
  type PublicJwk,
  parseJson,
  parseUtf8,
  signatureCheck,
  thumbprint,
} from '@holdfast/core';
import type { GuardedFetch, GuardedResponse } from '../foreign/guarded-fetch.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { isMoment, isResult, parseCheckStatement } from './check-statement.ts';
import type { CheckAnswer, CheckQuestion, ExternalCheck } from './external-check.ts';

const JSON_TYPE = 'application/json';
const SIGNED_TYPE = 'application/jwt';
/** A yes or a no is short; a page of HTML, or a bomb, is not it. */
const MAX_ANSWER_BYTES = 16_384;

export type HttpCheckOptions = {
  readonly url: string;
  /** The key that signs the answers; an answer that it has not signed is none. */
  readonly key?: PublicJwk;
  readonly fetch: GuardedFetch;
  readonly engine: SignatureEngine;
};

/**
 * Asks a checker over HTTP: `POST url` with `{check, credential, type, issuer, claims, deadlineMs}` and the header
 * `deadline-ms`. It answers with `{credential, result: passed|failed, asOf}`; where it has a key, with that as a compact JWS
 * (`typ: check+jwt`, media type application/jwt), which only this key may have signed. `asOf`: unix milliseconds.
 */
export function createHttpCheck({ url, key, fetch, engine }: HttpCheckOptions): ExternalCheck {
  return {
    source: url,
    async ask(question) {
      const response = await post(fetch, url, question, key);
      return key === undefined ? readPlain(response, question) : await readSigned(engine, response, question, key);
    },
  };
}

async function post(
  fetch: GuardedFetch,
  url: string,
  question: CheckQuestion,
  key: PublicJwk | undefined,
): Promise<GuardedResponse> {
  const { deadlineMs } = question;
  const headers = { 'content-type': JSON_TYPE, 'deadline-ms': String(deadlineMs) };
  const body = encodeUtf8(canonicalJson(question));
  try {
    return await fetch({
      url,
      accept: [key === undefined ? JSON_TYPE : SIGNED_TYPE],
      maxBytes: MAX_ANSWER_BYTES,
      post: { body, headers },
      // The asker gives up first, so that silence is told from a broken connection.
      totalMs: deadlineMs + 50,
    });
  } catch (cause) {
    // Something answered, and not as a checker does.
    const isAnswer = isCodedError(cause) && /^fetch\.(content-type|too-large|encoding|redirect)/.test(cause.code);
    if (isAnswer) throw invalid('The checker gave another kind of answer.', cause);
    throw new CodedError('check.unreachable', 'The checker could not be reached.', {}, cause);
  }
}

function readPlain({ body }: GuardedResponse, question: CheckQuestion): CheckAnswer {
  const { credential, result, asOf } = parseBody(body);
  if (credential !== question.credential) throw invalid('The answer is about another credential.');
  if (!isResult(result) || !isMoment(asOf)) throw invalid('The answer has no result, or does not say as of when.');
  return { state: result, asOf };
}

function parseBody(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = parseJson(parseUtf8(body), { maxLength: MAX_ANSWER_BYTES, maxDepth: 4 });
  } catch (cause) {
    throw invalid('The answer is no JSON.', cause);
  }
  if (!isJsonObject(value)) throw invalid('The answer is no JSON object.');
  return value;
}

async function readSigned(
  engine: SignatureEngine,
  { body }: GuardedResponse,
  { check, credential }: CheckQuestion,
  key: PublicJwk,
): Promise<CheckAnswer> {
  const proof = readText(body);
  const statement = parseCheckStatement(proof);
  const said = statement.results.get(check);
  if (statement.credential !== credential || said === undefined) {
    throw invalid('The answer is about another credential or check.');
  }
  if (statement.jws.header.kid !== thumbprint(key) || !(await isSigned(engine, statement.jws, key))) {
    throw invalid("The answer is not signed by the checker's key.");
  }
  return { state: said.result, asOf: said.asOf, proof };
}

function readText(body: Uint8Array): string {
  try {
    return parseUtf8(body).trim();
  } catch (cause) {
    throw invalid('The answer is no text.', cause);
  }
}

async function isSigned(
  engine: SignatureEngine,
  jws: Parameters<typeof signatureCheck>[0],
  key: PublicJwk,
): Promise<boolean> {
  if (jws.header.alg !== algorithmOf(key) || jws.signature.length !== 64) return false;
  const [holds] = await engine.verify([signatureCheck(jws, key)]);
  return holds === true;
}

function invalid(sentence: string, cause?: unknown): CodedError {
  return new CodedError('check.answer-invalid', sentence, {}, cause);
}
