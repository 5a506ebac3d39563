import { type AnswerSigns, concatBytes, parseJsonObject, parseUtf8 } from '@holdfast/core';

const MAX_PROBLEM_BYTES = 16_384;

/** What an answer says about asking again. Its body is left to be read; only a refusal's is looked into. */
export async function signsOf(response: Response, nowMs: number): Promise<AnswerSigns> {
  const { status, headers } = response;
  if (status < 500 && status !== 429) return { status };
  const theirs = Date.parse(headers.get('date') ?? '');
  const skewMs = Number.isNaN(theirs) ? 0 : theirs - nowMs;
  return {
    status,
    skewMs,
    retryAfterMs: parseRetryAfter(headers.get('retry-after') ?? '', Number.isNaN(theirs) ? nowMs : theirs),
    problem: await readProblem(response).catch(() => undefined),
  };
}

/** Seconds, or a date on the clock of whoever said it (RFC 9110, 10.2.3); NaN for what is neither. */
function parseRetryAfter(text: string, theirNowMs: number): number {
  return /^\s*[0-9]{1,9}\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - theirNowMs;
}

/** The problem document (RFC 9457) of a copy of the answer. One that is longer than any of ours is not read to its end. */
async function readProblem(response: Response): Promise<unknown> {
  if (!/^application\/problem\+json/i.test(response.headers.get('content-type') ?? '')) return undefined;
  const reader = response.clone().body?.getReader();
  const chunks: Uint8Array[] = [];
  for (let length = 0; reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_PROBLEM_BYTES) {
      // Without waiting: a copy is only given up once the original is read or given up as well.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
  return parseJsonObject(parseUtf8(concatBytes(...chunks)), { maxLength: MAX_PROBLEM_BYTES, maxDepth: 8 });
}
