import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { type Joining, joiningSchema } from '../../roles/governor/joining.ts';
import { createAddressRates } from '../address-rates.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';

export type JoiningRoutesPorts = {
  readonly joining: Joining;
  readonly operators: OperatorKeys;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Requests a second that one address may send on average, and at once. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
};

/** An organisation asks once. */
const DEFAULT_RATE = { perSecond: 1 / 60, burst: 5 };
/** Four documents, and a party's entry. */
const MAX_JOINING_BODY = 327_680;
const MAX_SMALL_BODY = 4_096;

const joiningParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
const declineBody = z.strictObject({ reason: z.string().min(1).max(500) });

/**
 * Asking to be accredited. Anybody may; what is asked decides nothing, and its answer is where it stands and until when it
 * is kept. What officers read needs an operator's key, and accrediting takes their decision (`POST /decisions`).
 */
export function joiningRoutes(
  app: FastifyInstance,
  { joining, operators, clock, rate = DEFAULT_RATE }: JoiningRoutesPorts,
): void {
  const rates = createAddressRates(clock, rate);
  app.register(async (plain) => {
    useStrictJson(plain, MAX_JOINING_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.post(
      '/accreditations',
      {
        bodyLimit: MAX_JOINING_BODY,
        schema: { body: joiningSchema },
        // Before any body is read.
        onRequest: async (request) => {
          if (rates.take(request.ip)) return;
          throw new CodedError('joining.busy', 'This address asks more often than it may.');
        },
      },
      async ({ body }, reply) => {
        const view = await joining.request(body);
        return reply.code(201).header('location', `/accreditations/${view.id}`).send(view);
      },
    );
  });
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/accreditations/:id', { schema: { params: joiningParams } }, async ({ params }, reply) =>
    reply.header('cache-control', 'no-store').send(await joining.find(params.id)),
  );
  app.register(async (plain) => {
    useStrictJson(plain, MAX_SMALL_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    scope.get('/accreditations', async () => ({ requests: await joining.list() }));
    scope.get('/accreditations/:id/file', { schema: { params: joiningParams } }, async ({ params }) =>
      joining.open(params.id),
    );
    scope.post(
      '/accreditations/:id/decline',
      { schema: { params: joiningParams, body: declineBody } },
      async ({ params, body }) => joining.decline(params.id, body.reason),
    );
  });
}
