import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Issuer } from '../../roles/issuer/issuer.ts';
import { useStrictJson } from '../strict-body.ts';

const tenantPath = z.object({ tenant: z.string().max(64) });
/** Characters of one presentation with all that it attests. */
const MAX_PRESENTATION = 32_768;
const MAX_BODY = 40_960;

const challengeAnswer = z.object({ nonce: z.string(), audience: z.string() });
const ask = z.strictObject({
  presentation: z.string().min(1).max(MAX_PRESENTATION),
  /** Of the target, where officers decided it: as the desk opens it to whom it is about. */
  salt: z.string().length(22).optional(),
});
/** `me`: the page on which they see what becomes of it. */
const offerAnswer = z.object({ id: z.string(), offerUri: z.string(), me: z.string() });

/** Another credential for whoever shows the one that was revoked wrongly. Open to everybody: what is shown is the key. */
export function reinstatementRoutes(app: FastifyInstance, issuer: Issuer): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    useStrictJson(plain, MAX_BODY);
    scope.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
    scope.post(
      '/i/:tenant/reinstatements/challenge',
      { schema: { params: tenantPath, response: { 200: challengeAnswer } } },
      async ({ params }) => issuer.challenge(params.tenant),
    );
    scope.post(
      '/i/:tenant/reinstatements',
      { bodyLimit: MAX_BODY, schema: { params: tenantPath, body: ask, response: { 201: offerAnswer } } },
      async ({ params, body }, reply) => {
        const { presentation, salt } = body;
        const asked = { presentation, ...(salt === undefined ? {} : { salt }) };
        const { id, offerUri, person } = await issuer.reinstate(params.tenant, asked);
        return reply.code(201).send({ id, offerUri, me: `/me/${person}` });
      },
    );
  });
}
