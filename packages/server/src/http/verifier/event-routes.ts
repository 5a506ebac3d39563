import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EVENT_KINDS } from '../../roles/verifier/events.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import type { Webhooks } from '../../roles/verifier/webhooks.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { createStateStreams } from '../state-stream.ts';
import { firstHandleParams, handleParams, verifierParams } from './schemas.ts';

const endpointBody = z.strictObject({
  url: z.string().max(2048),
  kinds: z
    .array(z.enum(EVENT_KINDS))
    .min(1)
    .max(EVENT_KINDS.length)
    .default([...EVENT_KINDS]),
});

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
  webhookRoutes(app, find, ports.operators);
}

function webhookRoutes(app: FastifyInstance, find: (id: string) => VerifierRole, operators: OperatorKeys): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, 'admin');
    });
    scope.get('/v/:verifier/webhooks', { schema: { params: verifierParams } }, async ({ params }) => ({
      webhooks: await webhooksOf(find(params.verifier)).list(),
    }));
    scope.post(
      '/v/:verifier/webhooks',
      { schema: { params: verifierParams, body: endpointBody } },
      async ({ params, body }, reply) =>
        reply.code(201).send(await webhooksOf(find(params.verifier)).add(body.url, body.kinds)),
    );
    scope.delete('/v/:verifier/webhooks/:id', { schema: { params: handleParams } }, async ({ params }, reply) => {
      await webhooksOf(find(params.verifier)).remove(params.id);
      return reply.code(204).send();
    });
  });
}

function webhooksOf({ webhooks }: VerifierRole): Webhooks {
  if (webhooks !== undefined) return webhooks;
  throw new CodedError('webhook.not-found', 'This verifier tells nobody of its outcomes.');
}
