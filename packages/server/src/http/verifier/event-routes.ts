import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { VERIFIER_EVENTS } from '../../roles/verifier/config.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import type { OperatorKeys } from '../operators.ts';
import { createStateStreams } from '../state-stream.ts';
import { webhookRoutes } from '../webhook-routes.ts';
import { firstHandleParams, handleParams, verifierParams } from './schemas.ts';

/** Outcomes as they come: streamed to whoever holds the handle, and pushed to where operators say. */
export function eventRoutes(
  app: FastifyInstance,
  find: (id: string) => VerifierRole,
  ports: { readonly first: VerifierRole | undefined; readonly operators: OperatorKeys },
): void {
  const stream = createStateStreams(app);
  const isSettled = (state: object) => 'state' in state && state.state !== 'pending';
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const ofPresentation = (verifier: VerifierRole, id: string) => ({
    read: () => verifier.presentations.status(id),
    isFinal: isSettled,
  });
  const { first } = ports;
  if (first !== undefined) {
    typed.get('/presentations/:id/events', { schema: { params: firstHandleParams } }, async ({ params }, reply) =>
      stream(reply, ofPresentation(first, params.id)),
    );
  }
  typed.get('/v/:verifier/presentations/:id/events', { schema: { params: handleParams } }, async ({ params }, reply) =>
    stream(reply, ofPresentation(find(params.verifier), params.id)),
  );
  typed.get('/v/:verifier/verdicts/:id/events', { schema: { params: handleParams } }, async ({ params }, reply) => {
    const verifier = find(params.verifier);
    await verifier.verdict(params.id);
    const read = async () => (await verifier.followUp(params.id)) ?? { state: 'done', verdictId: params.id };
    return stream(reply, { read, isFinal: isSettled });
  });
  webhookRoutes(app, {
    ...{ path: '/v/:verifier/webhooks', params: verifierParams, kinds: VERIFIER_EVENTS, operators: ports.operators },
    find: ({ verifier }) => find(verifier).webhooks,
  });
}
