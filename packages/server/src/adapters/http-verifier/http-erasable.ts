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

/** Any other part of a network, by the name that it has among them: `issuer`, `governor`, `cases`, `distributor`. */
export type HttpPartOptions = Omit<HttpErasableOptions, 'verifier'> & { readonly part: string };

const MAX_TRACES = 10_000;
const strings = z.array(z.string().max(500)).max(MAX_TRACES);
const tracesSchema = z.object({ verdicts: strings, credentials: strings });
const place = z.object({ list: z.string().max(500), index: z.int().min(0) });
const label = z.object({ tenant: z.string().max(500), label: z.string().max(500) });
const partTracesSchema = z.object({
  labels: z.array(label).max(MAX_TRACES).default([]),
  places: z.array(place).max(MAX_TRACES).default([]),
  credentials: strings.default([]),
  holders: strings.default([]),
  verdicts: strings.default([]),
});
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
  const { verifier } = options;
  const path = `/v/${encodeURIComponent(verifier)}/erasing`;
  return askPart(options, { path, part: `verifier ${verifier}`, schema: tracesSchema });
}

/** A part of the network in another process, asked to forget somebody. Throws `verifier.unreachable`, `verifier.answer`. */
export function createHttpPart(options: HttpPartOptions): Erasable {
  const { part } = options;
  return askPart(options, { path: `/erasing/${encodeURIComponent(part)}`, part, schema: partTracesSchema });
}

type Door = {
  readonly path: string;
  readonly part: string;
  readonly schema: z.ZodType<Partial<PersonTraces>>;
};

function askPart(
  options: Omit<HttpErasableOptions, 'verifier'>,
  { path: door, part: name, schema: traced }: Door,
): Erasable {
  const { url, operatorKey, timeoutMs = 15_000, fetch: ask = fetch } = options;

  async function post<Answer>(path: string, traces: PersonTraces, schema: z.ZodType<Answer>): Promise<Answer> {
    let response: Response;
    try {
      response = await ask(`${url}${door}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
        body: JSON.stringify(traces),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new CodedError('verifier.unreachable', `The ${name} does not answer.`, { part: name }, cause);
    }
    const answer = schema.safeParse(await response.json().catch(() => undefined));
    if (response.ok && answer.success) return answer.data;
    throw new CodedError('verifier.answer', `The ${name} did not answer with what was asked for.`, {
      part: name,
      status: response.status,
    });
  }

  return {
    part: name,
    trace: (known) => post('/traces', known, traced),
    async erase(traces) {
      const { part, erased, stays } = await post('', traces, erasedSchema);
      const dated = stays.map(({ until, ...stay }) => (until === undefined ? stay : { ...stay, until }));
      return { part, erased, stays: dated };
    },
  };
}
