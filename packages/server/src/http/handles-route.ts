import type { NetworkState } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Signals } from '../seeing/signals.ts';
import { type HandleKeeper, openHandles } from '../seeing/unsealing.ts';
import { assertOperator, type OperatorKeys } from './operators.ts';

export type HandlesPorts = {
  /** Where it answers: `/handles`, or that of one verifier. */
  readonly path: string;
  readonly keepers: readonly HandleKeeper[];
  /** The network as these roles have read it. */
  readonly state: () => Readonly<NetworkState>;
  readonly signals: Signals;
  readonly operators: OperatorKeys;
};

/** Two years. */
const MAX_MONTHS = 24;
const MONTH = /^20[0-9]{2}-(0[1-9]|1[0-2])$/;

const body = z.strictObject({
  salt: z.string().min(22).max(100),
  list: z.string().min(1).max(500),
  index: z.int().min(0),
  months: z.array(z.string().regex(MONTH)).min(1).max(MAX_MONTHS),
});
const answer = z.object({
  entry: z.int(),
  roles: z.array(z.object({ role: z.string(), handles: z.record(z.string(), z.string()) })),
});

/** What roles call one credential in what they tell, for operators who show a decision of officers that allows it. */
export function handlesRoute(app: FastifyInstance, { path, keepers, state, signals, operators }: HandlesPorts): void {
  const security = [{ operator: [] }];
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(path, { schema: { body, security, response: { 200: answer } } }, async (request, reply) => {
      assertOperator(request, operators, 'admin');
      const { months, ...target } = request.body;
      const opened = await openHandles(keepers, { state: state(), signals }, target, months);
      return reply.header('cache-control', 'no-store').send({ entry: opened.entry, roles: [...opened.roles] });
    });
}
