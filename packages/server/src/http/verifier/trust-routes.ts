import { encodePositions, rulebookSchema } from '@holdfast/core';
import { parsePolicy } from '@holdfast/verifier';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { verifierParams } from './schemas.ts';

const DAY_MS = 86_400_000;
const MAX_RULES_BODY = 1_048_576;

const rejudgeBody = z.strictObject({
  sinceMs: z
    .int()
    .min(1)
    .max(400 * DAY_MS),
  rulebook: rulebookSchema.optional(),
  policy: z.unknown().optional(),
  /** Where the page before said to go on (`next`). */
  after: z.strictObject({ answeredAt: z.int().min(0), id: z.string().min(1).max(64) }).optional(),
});

export type TrustRoutesPorts = {
  readonly find: (id: string) => VerifierRole;
  readonly first: VerifierRole | undefined;
  readonly operators: OperatorKeys;
};

/** Whom a verifier accepts. Public: all of it follows from public logs and from what the verifier answers anyway. */
export function trustRoutes(app: FastifyInstance, { find, first, operators }: TrustRoutesPorts): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get('/v/:verifier/trust/matrix', { schema: { params: verifierParams } }, async ({ params }, reply) =>
    sendMatrix(reply, find(params.verifier)),
  );
  routes.post(
    '/v/:verifier/rejudge',
    {
      bodyLimit: MAX_RULES_BODY,
      schema: { params: verifierParams, body: rejudgeBody },
      onRequest: async (request) => assertOperator(request, operators, 'work'),
    },
    async ({ params, body: { sinceMs, rulebook, policy, after } }, reply) => {
      const rules = {
        ...(rulebook === undefined ? {} : { rulebook }),
        ...(policy === undefined ? {} : { policy: parsePolicy(policy) }),
      };
      const page = { sinceMs, ...(after === undefined ? {} : { after }) };
      return reply.header('cache-control', 'no-store').send(await find(params.verifier).rejudge(page, rules));
    },
  );
  if (first !== undefined) routes.get('/trust/matrix', async (_request, reply) => sendMatrix(reply, first));
}

function sendMatrix(reply: FastifyReply, verifier: VerifierRole): FastifyReply {
  const matrix = verifier.trust();
  reply.header('holdfast-position', encodePositions(matrix.positions));
  return reply.header('cache-control', 'no-cache').send(matrix);
}
