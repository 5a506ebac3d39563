import { CodedError } from '@holdfast/core';
import type { FraudStore } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

const paramsSchema = z.object({ digest: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** Proofs that the followed log has lied, for anybody: whoever doubts them checks them without us. */
export function fraudRoutes(app: FastifyInstance, { fraud }: { readonly fraud: Pick<FraudStore, 'readFraud'> }): void {
  app.get('/trust/fraud', async (_, reply) => {
    const proofs = (await fraud.readFraud()).map(({ digest }) => ({ digest, at: `/trust/fraud/${digest}` }));
    return reply.header('cache-control', 'no-store').send({ proofs });
  });

  app.get('/trust/fraud/:digest', { schema: { params: paramsSchema } }, async (request, reply) => {
    const { digest } = request.params as z.infer<typeof paramsSchema>;
    const kept = (await fraud.readFraud()).find((proof) => proof.digest === digest);
    if (kept === undefined) throw new CodedError('fraud.unknown', 'No such proof is kept here.');
    const cache = 'public, max-age=31536000, immutable';
    return reply.header('cache-control', cache).type('application/json; charset=utf-8').send(kept.proof);
  });
}
