import { CodedError } from '@holdfast/core';
import { z } from 'zod';
import type { Erasable, PersonTraces } from '../../ports/erasable.ts';

export type HttpErasableOptions = {
  /** The origin under which it answers. */
  readonly url: string;
  readonly verifier: string;
  readonly operatorKey: string;
  readonly fetch?: typeof fetch;
  /** For a whole answer; default 15 s. */
  readonly timeoutMs?: number;
};

const strings = z.array(z.string().max(500)).max(10_000);
const tracesSchema = z.object({ verdicts: strings, credentials: strings });
const erasedSchema = z.object({
  part: z.string().max(200),
  erased: z.record(z.string().max(64), z.int().min(0)),
  stays: z
    .array(
      z.object({
        what: z.string().max(200),
        count: z.int().min(0),
        why: z.string().max(500),
        until: z.int().optional(),
      }),
    )
    .max(64),
});

/** A verifier in another process, asked to forget somebody. Throws `verifier.unreachable`, `verifier.answer`. */
export function createHttpErasable(options: HttpErasableOptions): Erasable {
  const { url, verifier, operatorKey, timeoutMs = 15_000, fetch: ask = fetch } = options;

  async function post<Answer>(path: string, traces: PersonTraces, schema: z.ZodType<Answer>): Promise<Answer> {
    let response: Response;
    try {
      response = await ask(`${url}/v/${encodeURIComponent(verifier)}/erasing${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
        body: JSON.stringify(traces),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new CodedError('verifier.unreachable', 'The verifier does not answer.', { verifier }, cause);
    }
    const answer = schema.safeParse(await response.json().catch(() => undefined));
    if (response.ok && answer.success) return answer.data;
    throw new CodedError('verifier.answer', 'The verifier did not answer with what was asked for.', {
      verifier,
      status: response.status,
    });
  }

  return {
    part: `verifier ${verifier}`,
    trace: (known) => post('/traces', known, tracesSchema),
    async erase(traces) {
      const { part, erased, stays } = await post('', traces, erasedSchema);
      const dated = stays.map(({ until, ...stay }) => (until === undefined ? stay : { ...stay, until }));
      return { part, erased, stays: dated };
    },
  };
}
