import { type KeyChange, MAX_ORDER_LENGTH, transferReceiptSchema } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Cashier } from '../../roles/cashier/cashier.ts';
import { accountAnswer, answerAccount } from './answers.ts';

const orderBody = z.strictObject({
  /** Compact JWS, `order+jwt`. */
  order: z.string().max(MAX_ORDER_LENGTH),
});

const keyChangeAnswer = z.object({
  id: z.string(),
  account: z.string(),
  /** Thumbprint of the key that takes over. */
  to: z.string(),
  /** Unix milliseconds. */
  at: z.int(),
  effectiveAt: z.int(),
  cancelled: z.boolean(),
});

function answerChange({ id, account, to, at, effectiveAt, cancelledBy }: KeyChange): z.infer<typeof keyChangeAnswer> {
  return { id, account, to, at, effectiveAt, cancelled: cancelledBy !== undefined };
}

const carriedOutAnswer = z.object({
  transfer: z.string(),
  /** `created`, `exists` for a repeat, or why the ledger does not do it, ever. */
  answer: z.string(),
  receipt: transferReceiptSchema,
});

/**
 * Holders' orders for the accounts of their keys. Nobody logs in: the signature in the order is all that is asked for. An
 * operator's key opens nothing more here.
 */
export function orderRoutes(app: FastifyInstance, cashier: Cashier): void {
  const scope = app.withTypeProvider<ZodTypeProvider>();
  scope.post(
    '/ledger/orders',
    { schema: { body: orderBody, response: { 200: carriedOutAnswer, 201: carriedOutAnswer } } },
    async ({ body }, reply) => {
      const done = await cashier.carryOut(body.order);
      return reply
        .code(done.answer === 'created' ? 201 : 200)
        .header('cache-control', 'no-store')
        .send({ ...done, receipt: { ...done.receipt, proof: [...done.receipt.proof] } });
    },
  );
  scope.post(
    '/ledger/account-keys',
    { schema: { body: orderBody, response: { 200: keyChangeAnswer } } },
    async ({ body }, reply) =>
      reply.header('cache-control', 'no-store').send(answerChange(await cashier.changeKey(body.order))),
  );
  scope.post(
    '/ledger/account-keys/changes',
    { schema: { body: orderBody, response: { 200: z.object({ changes: z.array(keyChangeAnswer) }) } } },
    async ({ body }, reply) => {
      const changes = await cashier.keyChanges(body.order);
      return reply.header('cache-control', 'no-store').send({ changes: changes.map(answerChange) });
    },
  );
  scope.post(
    '/ledger/balances',
    { schema: { body: orderBody, response: { 200: accountAnswer } } },
    async ({ body }, reply) =>
      reply.header('cache-control', 'no-store').send(answerAccount(await cashier.read(body.order))),
  );
}
