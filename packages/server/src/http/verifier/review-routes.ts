import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Reviews } from '../../roles/verifier/reviews.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { handleParams, verifierParams } from './schemas.ts';

const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) });
const decisionBody = z.strictObject({
  result: z.enum(['passed', 'failed']),
  by: z.string().min(1).max(200),
  note: z.string().max(2000).optional(),
});

/** What whoever reviews by hand calls: which matters are open, what is shown of one, and the decision. */
export function reviewRoutes(app: FastifyInstance, find: (id: string) => VerifierRole, operators: OperatorKeys): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    scope.get(
      '/v/:verifier/reviews',
      { schema: { params: verifierParams, querystring: listQuery } },
      async ({ params, query }) => ({ reviews: await reviewsOf(find(params.verifier)).list(query.limit) }),
    );
    scope.get('/v/:verifier/reviews/:id', { schema: { params: handleParams } }, async ({ params }) =>
      reviewsOf(find(params.verifier)).read(params.id),
    );
    scope.post(
      '/v/:verifier/reviews/:id',
      { schema: { params: handleParams, body: decisionBody } },
      async ({ params, body: { result, by, note } }) =>
        reviewsOf(find(params.verifier)).decide(params.id, { result, by, ...(note === undefined ? {} : { note }) }),
    );
  });
}

function reviewsOf({ reviews }: VerifierRole): Reviews {
  if (reviews !== undefined) return reviews;
  throw new CodedError('review.not-found', 'This verifier has nothing reviewed by hand.');
}
