import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Erasable } from '../../ports/erasable.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { MAX_ERASING_BODY, tracesBody } from '../verifier/erasing-routes.ts';

const params = z.object({ part: z.string().regex(/^[a-z]{1,32}$/) });

/** Where an eraser in another process asks what this one keeps about people to forget one; by the operator's key. */
export function partErasingRoutes(
  app: FastifyInstance,
  { parts, operators }: { readonly parts: readonly Erasable[]; readonly operators: OperatorKeys },
): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, 'admin');
    });
    const find = (asked: unknown): Erasable => {
      const { part: name } = params.parse(asked);
      const found = parts.find(({ part }) => part === name);
      if (found === undefined) throw new CodedError('erasure.no-part', 'There is no such part of a network here.');
      return found;
    };
    const options = { bodyLimit: MAX_ERASING_BODY, schema: { params, body: tracesBody, hide: true } };
    scope.post('/erasing/:part/traces', options, async ({ params: asked, body }) =>
      find(asked).trace(tracesBody.parse(body)),
    );
    scope.post('/erasing/:part', options, async ({ params: asked, body }) => find(asked).erase(tracesBody.parse(body)));
  });
}
