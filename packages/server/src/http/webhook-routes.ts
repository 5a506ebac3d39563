import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Webhooks } from '../telling/webhooks.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from './operators.ts';
import { plain } from './plain.ts';

export type WebhookRoutesPorts<Params> = {
  /** `/v/:verifier/webhooks`. */
  readonly path: string;
  /** Shape of what is in the path. */
  readonly params: z.ZodType<Params>;
  /** Undefined where nobody is told. */
  readonly find: (params: Params) => Webhooks | undefined;
  readonly kinds: readonly [string, ...string[]];
  readonly operators: OperatorKeys;
};

const time = z.int();
const count = z.int().min(0);
const endpoint = z.object({ id: z.string(), url: z.string(), kinds: z.array(z.string()), createdAt: time });
const listAnswer = z.object({
  webhooks: z.array(
    endpoint.extend({
      waiting: count,
      waitingSince: time.optional(),
      dead: count,
      deadSince: time.optional(),
      missed: count,
      failure: z.string().optional(),
    }),
  ),
});
const resendAnswer = z.object({ resent: count });
const security = [{ operator: [] }];

const endpointId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

/** Where outcomes of one role are pushed to: for operators, who learn here too what is not taken, and send it again. */
export function webhookRoutes<Params extends object>(app: FastifyInstance, ports: WebhookRoutesPorts<Params>): void {
  const { path, params, kinds, operators } = ports;
  const body = z.strictObject({
    url: z.string().max(2048),
    kinds: z
      .array(z.enum(kinds))
      .min(1)
      .max(kinds.length)
      .default([...kinds]),
  });
  const one = z.intersection(params, endpointId);
  const find = (named: Params): Webhooks => {
    const webhooks = ports.find(named);
    if (webhooks !== undefined) return webhooks;
    throw new CodedError('webhook.not-found', 'Nobody is told of outcomes here.');
  };
  app.register(async (inner) => {
    const scope = inner.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    scope.get(path, { schema: { security, params, response: { 200: listAnswer } } }, async (request) => ({
      webhooks: plain(await find(request.params as Params).list()),
    }));
    scope.post(path, { schema: { security, params, body, response: { 201: endpoint } } }, async (request, reply) => {
      const { url, kinds: wanted } = request.body as z.infer<typeof body>;
      return reply.code(201).send(plain(await find(request.params as Params).add(url, wanted)));
    });
    scope.post(
      `${path}/:id/resend`,
      { schema: { security, params: one, response: { 200: resendAnswer } } },
      async (request) => {
        const named = request.params as Params & z.infer<typeof endpointId>;
        return { resent: await find(named).resend(named.id) };
      },
    );
    scope.delete(
      `${path}/:id`,
      { schema: { security, params: one, response: { 204: z.undefined() } } },
      async (request, reply) => {
        const named = request.params as Params & z.infer<typeof endpointId>;
        await find(named).remove(named.id);
        return reply.code(204).send();
      },
    );
  });
}
