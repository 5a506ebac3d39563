import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { OpenedHandles, OpenedTarget } from '../seeing/unsealing.ts';
import { assertOperator, type OperatorKeys } from './operators.ts';

export type HandlesPorts = {
  /** Where it answers: `/handles`, or that of one role. */
  readonly path: string;
  readonly open: OpenHandles;
  readonly operators: OperatorKeys;
};

/** With those roles that were asked and did not answer, where some are asked. */
export type OpenHandles = (
  target: OpenedTarget,
  months: readonly string[],
) => Promise<OpenedHandles & { readonly silent?: readonly string[] }>;

/** Two years. */
const MAX_MONTHS = 24;
const MONTH = /^20[0-9]{2}-(0[1-9]|1[0-2])$/;

const body = z.strictObject({
  salt: z.string().min(22).max(100),
  list: z.string().min(1).max(500),
  index: z.int().min(0),
  months: z.array(z.string().regex(MONTH)).min(1).max(MAX_MONTHS),
});
const answer = z.object({
  entry: z.int(),
  roles: z.array(z.object({ role: z.string(), handles: z.record(z.string(), z.string()) })),
  silent: z.array(z.string()).optional(),
});

/** What roles call one credential in what they tell, for operators who show a decision of officers that allows it. */
export function handlesRoute(app: FastifyInstance, { path, open, operators }: HandlesPorts): void {
  const security = [{ operator: [] }];
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(path, { schema: { body, security, response: { 200: answer } } }, async (request, reply) => {
      assertOperator(request, operators, 'admin');
      const { months, ...target } = request.body;
      const { entry, roles, silent = [] } = await open(target, months);
      const away = silent.length === 0 ? {} : { silent: [...silent] };
      return reply.header('cache-control', 'no-store').send({ entry, roles: [...roles], ...away });
    });
}
