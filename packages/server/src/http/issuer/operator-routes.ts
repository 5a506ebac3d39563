import { CodedError, type JsonObject } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Issuer } from '../../roles/issuer/issuer.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';

const tenantPath = z.object({ tenant: z.string().max(64) });
const label = z.string().min(1).max(200);

const offerBody = z.strictObject({
  type: z.string().min(1).max(64),
  /** By the names that the type declares; the role says which. */
  claims: z.record(z.string(), z.json()),
  txCode: z.boolean().optional(),
  label: label.optional(),
  /** Id of an issued credential that what is offered is to replace. */
  replaces: z.string().min(1).max(64).optional(),
});

const offerAnswer = z.object({
  id: z.string(),
  offerUri: z.string(),
  txCode: z.string().optional(),
  /** The page of whoever it is for, at this origin; whoever has its address sees it. */
  me: z.string(),
});

const issuedAnswer = z.array(
  z.object({
    id: z.string(),
    /** Address of the status list, and the index in it: what a decision names. */
    list: z.string(),
    index: z.int(),
    type: z.string(),
    /** Unix milliseconds. */
    issuedAt: z.int(),
  }),
);

/** Who was revoked wrongly, and what has come for it: ids as `credentials` has them. */
const reinstatementsAnswer = z.array(
  z.object({
    case: z.string(),
    since: z.int(),
    state: z.enum(['open', 'issued', 'forgotten']),
    revoked: z.string().optional(),
    issued: z.string().optional(),
  }),
);

const MAX_OFFER_BODY = 65_536;

/** What the people who run an issuer call, with an operator's key. None of it can change a status. */
export function operatorRoutes(app: FastifyInstance, issuer: Issuer, keys: OperatorKeys): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    useStrictJson(plain, MAX_OFFER_BODY);
    // Before any body is read: nobody without a key makes us parse.
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, keys, 'admin');
    });
    scope.post(
      '/i/:tenant/offers',
      { bodyLimit: MAX_OFFER_BODY, schema: { params: tenantPath, body: offerBody, response: { 201: offerAnswer } } },
      async (request, reply) => {
        const { type, claims, txCode, label: own, replaces } = request.body;
        const optional = {
          ...(txCode === undefined ? {} : { txCode }),
          ...(own === undefined ? {} : { label: own }),
          ...(replaces === undefined ? {} : { replaces }),
        };
        const asked = { type, claims: claims as JsonObject, ...optional };
        const key = idempotencyKeyOf(request.headers['idempotency-key']);
        const { person, ...made } = await issuer.createOffer(request.params.tenant, asked, key);
        return reply.code(201).send({ ...made, me: `/me/${person}` });
      },
    );
    scope.get(
      '/i/:tenant/credentials',
      { schema: { params: tenantPath, querystring: z.object({ label }), response: { 200: issuedAnswer } } },
      async (request) => [...(await issuer.readIssued(request.params.tenant, request.query.label))],
    );
    scope.get(
      '/i/:tenant/reinstatements',
      { schema: { params: tenantPath, response: { 200: reinstatementsAnswer } } },
      async (request) => [...(await issuer.readReinstatements(request.params.tenant))],
    );
    scope.get('/i/:tenant/lists', { schema: { params: tenantPath } }, async ({ params }) =>
      issuer.readLists(params.tenant),
    );
  });
}

function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new CodedError('request.malformed', 'An Idempotency-Key is one word of up to 255 visible characters.');
}
