import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Erasable, MAX_TRACES } from '../../ports/erasable.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { verifierParams } from './schemas.ts';

const name = z.string().min(1).max(500);
const names = z.array(name).max(MAX_TRACES);
export const tracesBody = z.strictObject({
  labels: z.array(z.strictObject({ tenant: name, label: name })).max(MAX_TRACES),
  places: z.array(z.strictObject({ list: name, index: z.int().min(0) })).max(MAX_TRACES),
  credentials: names,
  holders: names,
  verdicts: names,
});

/** Ten thousand traces of the longest kind do not come: what a person has fits many times. */
export const MAX_ERASING_BODY = 1_048_576;

/** Where the eraser of the network asks a verifier in another process to forget somebody. */
export function erasingRoutes(
  app: FastifyInstance,
  { verifiers, operators }: { readonly verifiers: ReadonlyMap<string, Erasable>; readonly operators: OperatorKeys },
): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, 'admin');
    });
    const find = (id: string): Erasable => {
      const found = verifiers.get(id);
      if (found === undefined) throw new CodedError('verifier.not-found', 'There is no verifier of this name here.');
      return found;
    };
    const options = { bodyLimit: MAX_ERASING_BODY, schema: { params: verifierParams, body: tracesBody } };
    scope.post('/v/:verifier/erasing/traces', options, async ({ params, body }) => find(params.verifier).trace(body));
    scope.post('/v/:verifier/erasing', options, async ({ params, body }) => find(params.verifier).erase(body));
  });
}
