import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Entitlement } from '../../roles/eraser/entitled.ts';
import type { Eraser } from '../../roles/eraser/eraser.ts';
import { useStrictJson } from '../strict-body.ts';

export type EraserRoutesPorts = { readonly eraser: Eraser; readonly entitlement: Entitlement };

const MAX_BODY = 131_072;
const askBody = z.union([
  z.strictObject({ presentation: z.string().min(1).max(MAX_BODY), nonce: z.string().min(1).max(200) }),
  z.strictObject({ signed: z.string().min(1).max(2048) }),
]);
const idParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/**
 * Where somebody asks to be forgotten. No key opens these doors: a holder's presentation or an officer's signature is the key.
 * A receipt names nobody, and its address is known to whoever asked.
 */
export function eraserRoutes(app: FastifyInstance, { eraser, entitlement }: EraserRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    scope.get('/erasures/nonce', async () => entitlement.nonce());
    scope.get('/erasures/:id', { schema: { params: idParams } }, async ({ params }) => eraser.read(params.id));
    scope.post('/erasures', { bodyLimit: MAX_BODY, schema: { body: askBody } }, async ({ body }, reply) => {
      const { traces, by } = await entitlement.assertEntitled(body);
      const receipt = await eraser.erase(traces, by);
      return reply
        .code(receipt.state === 'done' ? 200 : 202)
        .header('location', `/erasures/${receipt.id}`)
        .send(receipt);
    });
  });
}
