import { CodedError, isCodedError, parseJson, parseUtf8 } from '@holdfast/core';
import { type Clock, createHttpOrigin } from '@holdfast/verifier';
import type { z } from 'zod';

export type HttpPartOptions = {
  /** The origin under which all roles of the network answer. */
  readonly url: string;
  readonly operatorKey: string;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** For a whole answer; default 3 s: whoever reads a page waits for it. */
  readonly timeoutMs?: number;
};

export type AskPart = <Answer>(
  ask: { readonly part: string; readonly path: string; readonly body?: object },
  schema: z.ZodType<Answer>,
) => Promise<Answer>;

const DEFAULT_TIMEOUT_MS = 3_000;
/** A thousand crossings are well below it. */
const MAX_ANSWER_BYTES = 1_048_576;
/** What a role may refuse for; anything else is as good as no answer. */
const CODES = /^(?:case|incident|person|operator|handles)\.[a-z-]{1,60}$/;
const never = new AbortController().signal;

/** Asks other roles of the network with the operator's key. Throws `part.unreachable`, or the code of their refusal. */
export function createPartAsker({ operatorKey, timeoutMs = DEFAULT_TIMEOUT_MS, ...options }: HttpPartOptions): AskPart {
  const origin = createHttpOrigin({ ...options, timeoutMs, codes: CODES });
  return async ({ part, path, body }, schema) => {
    const headers = { authorization: `Bearer ${operatorKey}` };
    const sent =
      body === undefined
        ? { headers }
        : {
            method: 'POST' as const,
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          };
    try {
      const bytes = await origin.ask(path, { ...sent, maxBytes: MAX_ANSWER_BYTES }, never);
      return schema.parse(parseJson(parseUtf8(bytes), { maxLength: MAX_ANSWER_BYTES, maxDepth: 16 }));
    } catch (cause) {
      if (isCodedError(cause) && CODES.test(cause.code) && !cause.code.startsWith('operator.')) throw cause;
      const why = isCodedError(cause) ? cause.code : 'answer';
      throw new CodedError(
        'part.unreachable',
        `The ${part} of this network does not answer (${why}).`,
        { part },
        cause,
      );
    }
  };
}
