import { OVERVIEW_CODES } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { OverviewDesk, OverviewView } from '../../roles/overview/overview-desk.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { createStateStreams } from '../state-stream.ts';

const findingAnswer = z.object({
  code: z.enum(OVERVIEW_CODES),
  what: z.string(),
  part: z.string(),
  since: z.int(),
  affected: z.string().optional(),
  owner: z.string(),
  resolves: z.string(),
  command: z.string(),
});
export const overviewAnswer = z.object({
  now: z.int(),
  /** Times in it are UTC. */
  sentence: z.string(),
  findings: z.array(findingAnswer),
  read: z.object({
    parts: z.array(z.object({ part: z.string(), owner: z.string(), state: z.string() })),
    verifiers: z.array(
      z.object({
        ...{ id: z.string(), name: z.string(), owner: z.string(), isAnswering: z.boolean() },
        ...{ readAt: z.int().optional(), contradiction: z.string().optional() },
      }),
    ),
  }),
});

/**
 * `GET /overview`: what is wrong, where, since when, whose it is and when it is over, in one sentence and one by one; and
 * `/overview/events`, the same as it changes. For operators.
 */
export function overviewRoutes(
  app: FastifyInstance,
  { desk, operators }: { readonly desk: Pick<OverviewDesk, 'read'>; readonly operators: OperatorKeys },
): void {
  const stream = createStateStreams(app);
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const schema = { security: [{ operator: [] }] };
  typed.get('/overview', { schema: { ...schema, response: { 200: overviewAnswer } } }, async (request, reply) => {
    assertOperator(request, operators, 'see');
    return reply.header('cache-control', 'no-store').send(answerOf(await desk.read()));
  });
  typed.get('/overview/events', { schema: { ...schema, hide: true } }, async (request, reply) => {
    assertOperator(request, operators, 'see');
    await stream(reply, { read: async () => told(await desk.read()), isFinal: () => false });
  });
}

function answerOf({ now, sentence, findings, read }: OverviewView): z.infer<typeof overviewAnswer> {
  const { parts, verifiers } = read;
  return { now, sentence, findings: [...findings], read: { parts: [...parts], verifiers: [...verifiers] } };
}

/** Without the time of the look: it is told when something has changed. */
function told({ sentence, findings }: OverviewView): object {
  return { sentence, findings };
}
