import { encodePositions } from '@holdfast/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { verifierParams } from './schemas.ts';

/** Whom a verifier accepts. Public: all of it follows from public logs and from what the verifier answers anyway. */
export function trustRoutes(
  app: FastifyInstance,
  find: (id: string) => VerifierRole,
  first: VerifierRole | undefined,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get('/v/:verifier/trust/matrix', { schema: { params: verifierParams } }, async ({ params }, reply) =>
    sendMatrix(reply, find(params.verifier)),
  );
  if (first !== undefined) routes.get('/trust/matrix', async (_request, reply) => sendMatrix(reply, first));
}

function sendMatrix(reply: FastifyReply, verifier: VerifierRole): FastifyReply {
  const matrix = verifier.trust();
  reply.header('holdfast-position', encodePositions(matrix.positions));
  return reply.header('cache-control', 'no-cache').send(matrix);
}
