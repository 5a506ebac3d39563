import { CodedError, encodePositions } from '@holdfast/core';
import type { IssuerRecordReader } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

const issuerParams = z.object({ issuer: z.string().min(1).max(500) });

/** What the log says of each issuer. Public: it follows from the log alone, and anybody can read it there. */
export function recordRoutes(app: FastifyInstance, { records }: { readonly records: IssuerRecordReader }): void {
  app
    .withTypeProvider<ZodTypeProvider>()
    .get('/trust/issuers/:issuer/record', { schema: { params: issuerParams } }, async ({ params }, reply) => {
      const { record, asOf } = await records.read(params.issuer);
      reply.header('holdfast-position', encodePositions([asOf])).header('cache-control', 'no-cache');
      if (record !== undefined) return reply.send(record);
      throw new CodedError('record.issuer-unknown', 'This network lists no issuer by this id.');
    });
}
