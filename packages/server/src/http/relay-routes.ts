import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Relay } from '../adapters/relay/relay.ts';
import { assertOperator, type OperatorKeys } from './operators.ts';

const bodySchema = z.object({ state: z.enum(['cut', 'open']) });

/** Development only: cuts and mends the wire between the network and the verifier in the second process. */
export function relayRoutes(
  app: FastifyInstance,
  ports: { readonly relay: Relay; readonly operators: OperatorKeys },
): void {
  const { relay, operators } = ports;
  const state = () => ({ state: relay.isCut ? 'cut' : 'open' });
  app.get('/development/relay', async () => state());
  app
    .withTypeProvider<ZodTypeProvider>()
    .post('/development/relay', { schema: { body: bodySchema } }, async (request) => {
      assertOperator(request, operators, 'work');
      if (request.body.state === 'cut') relay.cut();
      else relay.open();
      return state();
    });
}
