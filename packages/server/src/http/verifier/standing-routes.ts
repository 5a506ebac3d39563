import { parsePosition } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { confirmBodySchema, handleParams, standingsQuery, verifierParams } from './schemas.ts';
import { sendVerdict } from './verdict-answer.ts';

/** What whoever pays calls later, until the money is posted or voided; with the key it asked with first. */
export function standingRoutes(
  app: FastifyInstance,
  find: (id: string) => VerifierRole,
  operators: OperatorKeys,
): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    // Before any body is read: nobody without a key makes us parse.
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    scope.post(
      '/v/:verifier/verdicts/:id/confirm',
      { schema: { params: handleParams, body: confirmBodySchema } },
      async ({ params, body: { atLeast, deadlineMs } }, reply) => {
        const wanted = { atLeast: parsePosition(atLeast), ...(deadlineMs === undefined ? {} : { deadlineMs }) };
        return sendVerdict(reply, await find(params.verifier).confirm(params.id, wanted));
      },
    );
    scope.post('/v/:verifier/verdicts/:id/settled', { schema: { params: handleParams } }, async ({ params }, reply) => {
      await find(params.verifier).settled(params.id);
      return reply.code(204).send();
    });
    scope.get(
      '/v/:verifier/standings',
      { schema: { params: verifierParams, querystring: standingsQuery } },
      async ({ params, query }) => find(params.verifier).openStandings(query.limit),
    );
  });
}
