import { CodedError, type JsonObject } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Issuer } from '../../roles/issuer/issuer.ts';
import type { OfferRowAnswer } from '../../roles/issuer/offers.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { preparedKeyAnswer, prepareShown } from '../role-keys-routes.ts';
import { useStrictJson } from '../strict-body.ts';

const tenantPath = z.object({ tenant: z.string().max(64) });
const label = z.string().min(1).max(200);

/** From a minute to 30 days. */
const openForMs = z.int().min(60_000).max(2_592_000_000);

const offerBody = z.strictObject({
  type: z.string().min(1).max(64),
  /** By the names that the type declares; the role says which. */
  claims: z.record(z.string(), z.json()),
  txCode: z.boolean().optional(),
  label: label.optional(),
  /** Id of an issued credential that what is offered is to replace. */
  replaces: z.string().min(1).max(64).optional(),
  openForMs: openForMs.optional(),
});

const offerAnswer = z.object({
  id: z.string(),
  offerUri: z.string(),
  txCode: z.string().optional(),
  /** The page of whoever it is for, at this origin; whoever has its address sees it. */
  me: z.string(),
});

/** Rows of one call: each is an offer of its own, so a longer list is many calls, and tells how far it is. */
const MAX_OFFER_ROWS = 50;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const offersBody = offerBody.pick({ type: true, txCode: true, openForMs: true }).extend({
  rows: z
    .array(offerBody.pick({ claims: true, label: true }).extend({ key: z.string().regex(IDEMPOTENCY_KEY) }))
    .min(1)
    .max(MAX_OFFER_ROWS),
});
/** In the order of the rows. `isRepeat`: it was offered before under this key, and this is that offer. */
const offersAnswer = z.object({
  rows: z.array(
    z.union([
      z.object({ key: z.string(), offer: offerAnswer, isRepeat: z.boolean() }),
      z.object({ key: z.string(), refused: z.object({ code: z.string(), detail: z.string() }) }),
    ]),
  ),
});
export type OffersAnswer = z.infer<typeof offersAnswer>;

/** The public half of a key that officers may name; the other half stays in the issuer's folder of keys. */
const keyAnswer = z.object({
  kid: z.string(),
  key: z.object({ kty: z.string(), crv: z.string(), x: z.string(), y: z.string() }),
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
const MAX_OFFERS_BODY = 1_048_576;

/** What the people who run an issuer call, with an operator's key. None of it can change a status. */
export function operatorRoutes(app: FastifyInstance, issuer: Issuer, keys: OperatorKeys): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    useStrictJson(plain, MAX_OFFER_BODY);
    // Before any body is read: nobody without a key makes us parse.
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, keys, scopeOfMethod(request));
    });
    scope.post(
      '/i/:tenant/offers',
      { bodyLimit: MAX_OFFER_BODY, schema: { params: tenantPath, body: offerBody, response: { 201: offerAnswer } } },
      async (request, reply) => {
        const { type, claims, txCode, label: own, replaces, openForMs: life } = request.body;
        const optional = {
          ...(life === undefined ? {} : { openForMs: life }),
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
    offersRoute(plain, issuer);
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
    scope.post(
      '/i/:tenant/keys',
      { schema: { params: tenantPath, response: { 201: keyAnswer } } },
      async ({ params }, reply) => {
        const { kid, key } = await issuer.prepareKey(params.tenant);
        return reply.code(201).send({ kid, key });
      },
    );
    scope.post(
      '/i/:tenant/keys/statement',
      { schema: { params: tenantPath, response: { 201: preparedKeyAnswer } } },
      async ({ params }, reply) => reply.code(201).send(await prepareShown(issuer.statementKeys(params.tenant))),
    );
    scope.get('/i/:tenant/lists', { schema: { params: tenantPath } }, async ({ params }) =>
      issuer.readLists(params.tenant),
    );
  });
}

/** Many offers in one call, each under a key of its own: the same rows sent again are the same offers. */
function offersRoute(app: FastifyInstance, issuer: Issuer): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_OFFERS_BODY);
    plain.withTypeProvider<ZodTypeProvider>().post(
      '/i/:tenant/offers/batch',
      {
        bodyLimit: MAX_OFFERS_BODY,
        schema: { params: tenantPath, body: offersBody, response: { 200: offersAnswer } },
      },
      async ({ params, body: { rows, type, txCode, openForMs: life } }) => {
        const asked = {
          type,
          ...(txCode === undefined ? {} : { txCode }),
          ...(life === undefined ? {} : { openForMs: life }),
        };
        const people = rows.map(({ key, claims, label: own }) => ({
          ...{ key, claims: claims as JsonObject },
          ...(own === undefined ? {} : { label: own }),
        }));
        const answers = await issuer.createOffers(params.tenant, asked, people);
        return { rows: answers.map((answer) => ('offer' in answer ? shownRow(answer) : answer)) };
      },
    );
  });
}

function shownRow({ key, offer: { person, ...made }, isRepeat }: Extract<OfferRowAnswer, { offer: unknown }>) {
  return { key, offer: { ...made, me: `/me/${person}` }, isRepeat };
}

function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && IDEMPOTENCY_KEY.test(header)) return header;
  throw new CodedError('request.malformed', 'An Idempotency-Key is one word of up to 255 visible characters.');
}
