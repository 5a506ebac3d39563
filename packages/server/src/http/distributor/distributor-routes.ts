import { CodedError, instructionSchema, type ProgramRecord, type Reveal } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Distributor } from '../../roles/distributor/distributor.ts';
import { DISTRIBUTOR_EVENTS } from '../../roles/distributor/outcomes.ts';
import { ADMIN, assertOperator, type OperatorKeys, operatorOf, scopeOfMethod } from '../operators.ts';
import { plain } from '../plain.ts';
import { createStateStreams, type StreamStates } from '../state-stream.ts';
import { useStrictJson } from '../strict-body.ts';
import { webhookRoutes } from '../webhook-routes.ts';
import {
  acceptedAnswer,
  applicationAnswer,
  keyAnswer,
  listsAnswer,
  noticesAnswer,
  outcomesAnswer,
  programAnswer,
  programsAnswer,
  proofAnswer,
  revealAnswer,
  revealsAnswer,
  settleAnswer,
  settlementAnswer,
  TILE_TYPE,
  tileAnswer,
} from './answers.ts';
import {
  applicationParams,
  applyBody,
  listsQuery,
  noBody,
  programParams,
  programsQuery,
  revealBody,
  successorBody,
  tileParams,
  transferParams,
} from './schemas.ts';

/** What is revealed for a draw: `round` is the one that waits or was drawn, `missing` who has not spoken in it. */
export type RevealsView = {
  readonly kept: 'log' | 'distributor';
  readonly state: 'unsealed' | 'waiting' | 'drawn' | 'exhausted';
  readonly round?: number;
  /** Unix milliseconds: then the next round begins. */
  readonly until?: number;
  readonly missing?: readonly string[];
  readonly reveals: readonly Reveal[];
};

export type DistributorRoutesPorts = {
  readonly distributor: Distributor;
  readonly operators: OperatorKeys;
  /** Takes a party's secret to the beacon of a program. */
  readonly reveal: (record: ProgramRecord, reveal: Omit<Reveal, 'at'>) => Promise<void>;
  /** What is revealed so far. Throws `beacon.none`. */
  readonly reveals: (record: ProgramRecord) => Promise<RevealsView>;
};

/** Bytes of one application: a presentation, and little beside it. */
const MAX_APPLY_BODY = 98_304;
const MAX_SMALL_BODY = 1024;
const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * The distributor's doors. Programs are public. An application is shown to whoever knows its digest, which is salted by
 * its applicant. No key that opens a door here releases or moves money: that is decided by officers.
 *
 * No POST here needs an `Idempotency-Key`, as what it asks for names itself, and a key beside it could only contradict that:
 * an application is its digest, a secret its commitment, an act on a payment the decision about one attempt, which is
 * carried out once. To settle is to do what is due anyway. Only a key for nullifiers is another one each time; one that no
 * program names counts nobody.
 */
export function distributorRoutes(app: FastifyInstance, ports: DistributorRoutesPorts): void {
  app.register(async (scope) => {
    // Refusals too: what is not found today may be there tomorrow.
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store');
      done();
    });
    const stream = createStateStreams(scope);
    publicRoutes(scope, ports.distributor, stream);
    applicationRoutes(scope, ports, stream);
    revealRoutes(scope, ports);
    operatorRoutes(scope, ports);
    webhookRoutes(scope, {
      ...{ path: '/applications/webhooks', params: z.object({}), kinds: DISTRIBUTOR_EVENTS },
      ...{ find: () => ports.distributor.webhooks, operators: ports.operators },
    });
  });
}

function publicRoutes(app: FastifyInstance, distributor: Distributor, stream: StreamStates): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/programs',
    { schema: { querystring: programsQuery, response: { 200: programsAnswer } } },
    async ({ query }) => plain(await distributor.list(query.after)),
  );
  typed.get(
    '/programs/:program',
    { schema: { params: programParams, response: { 200: programAnswer } } },
    async ({ params }) => plain(await distributor.find(params.program)),
  );
  typed.get('/programs/:program/events', { schema: { params: programParams, hide: true } }, async ({ params }, reply) =>
    stream(reply, {
      read: async () => plain(await distributor.find(params.program)) as object,
      isFinal: (state) => isPaidOut(programAnswer.parse(state)),
      everyMs: PROGRAM_EVERY_MS,
    }),
  );
  typed.get(
    '/programs/:program/lists',
    { schema: { params: programParams, querystring: listsQuery, response: { 200: listsAnswer } } },
    async ({ params, query }) => plain(await distributor.lists(params.program, query.after)),
  );
  typed.get(
    '/programs/:program/tiles/:list/:index',
    { schema: { params: tileParams, response: { 200: tileAnswer } } },
    async ({ params }, reply) => {
      const { program, list, index } = params;
      const tile = await distributor.tile(program, list, index);
      // What stands in the log never changes, so anybody may keep a copy.
      return reply.header('cache-control', IMMUTABLE).type(TILE_TYPE).send(Buffer.from(tile));
    },
  );
}

function applicationRoutes(
  app: FastifyInstance,
  { distributor, operators }: DistributorRoutesPorts,
  stream: StreamStates,
): void {
  app.register(async (plainScope) => {
    useStrictJson(plainScope, MAX_APPLY_BODY);
    const scope = plainScope.withTypeProvider<ZodTypeProvider>();
    scope.post(
      '/programs/:program/applications',
      {
        bodyLimit: MAX_APPLY_BODY,
        schema: { params: programParams, body: applyBody, response: { 200: acceptedAnswer, 201: acceptedAnswer } },
        // Three texts of ours: what is answered most is not looked at again.
        serializerCompiler: () => JSON.stringify,
      },
      async (request, reply) => {
        const { params } = request;
        const sent = { ...request.body, ...clerkOf(request, operators) };
        const { application, acknowledgement, code, isRepeat } = await distributor.apply(params.program, sent);
        reply.header('location', `/programs/${params.program}/applications/${application}`);
        return reply.code(isRepeat ? 200 : 201).send({ application, acknowledgement, me: `/me/${code}` });
      },
    );
    scope.get(
      '/programs/:program/applications/:application',
      { schema: { params: applicationParams, response: { 200: applicationAnswer } } },
      async ({ params }) => plain(await distributor.application(params.program, params.application)),
    );
    scope.post(
      '/programs/:program/applications/:application/successor',
      {
        bodyLimit: MAX_APPLY_BODY,
        schema: { params: applicationParams, body: successorBody, response: { 200: applicationAnswer } },
      },
      async ({ params, body }) =>
        plain(await distributor.succeed(params.program, params.application, body.presentation)),
    );
    scope.get(
      '/programs/:program/applications/:application/proof',
      { schema: { params: applicationParams, response: { 200: proofAnswer } } },
      async ({ params }) => plain(await distributor.proof(params.program, params.application)),
    );
    scope.get(
      '/programs/:program/applications/:application/events',
      { schema: { params: applicationParams, hide: true } },
      async ({ params }, reply) =>
        stream(reply, {
          read: async () => plain(await distributor.application(params.program, params.application)) as object,
          isFinal: (state) => isOver(applicationAnswer.parse(state)),
          everyMs: APPLICATION_EVERY_MS,
        }),
    );
  });
}

/**
 * Whoever applies for somebody else shows that they are of the organiser's house. Whose key is their own is on record by its name,
 * whatever they say; under the key that all share, by the name they give.
 */
function clerkOf(request: FastifyRequest, operators: OperatorKeys): { readonly by?: string } {
  const by = request.headers['holdfast-clerk'];
  if (by === undefined) return {};
  assertOperator(request, operators, 'apply');
  const operator = operatorOf(request, operators);
  if (operator !== undefined && operator.name !== ADMIN.name) return { by: operator.name.slice(0, 100) };
  if (typeof by === 'string' && /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/.test(by)) return { by };
  throw new CodedError('application.clerk', 'A clerk is named by 1 to 100 letters, digits, spaces, dots, _ and -.');
}

const PROGRAM_EVERY_MS = 2000;

/** Something was allocated, and nothing of it waits any more; or nobody was admitted. */
function isPaidOut({ phase, payments, applications: { admitted } }: z.infer<typeof programAnswer>): boolean {
  if (phase !== 'paying') return false;
  const isWaiting = (['planned', 'reserved', 'posted'] as const).some((state) => payments[state]?.count);
  return admitted === 0 || (Object.keys(payments).length > 0 && !isWaiting);
}

/** Everybody may wait at once: each is looked at this seldom. */
const APPLICATION_EVERY_MS = 5000;

function isOver({ state, payment }: z.infer<typeof applicationAnswer>): boolean {
  return state === 'refused' || payment?.state === 'carried' || payment?.state === 'voided';
}

/** A secret is its own key: its digest stands in the program, and nobody else knows what it is the digest of. */
function revealRoutes(app: FastifyInstance, { distributor, reveal, reveals }: DistributorRoutesPorts): void {
  app.register(async (plainScope) => {
    useStrictJson(plainScope, MAX_SMALL_BODY);
    const scope = plainScope.withTypeProvider<ZodTypeProvider>();
    scope.get(
      '/programs/:program/reveals',
      { schema: { params: programParams, response: { 200: revealsAnswer } } },
      async ({ params }) => plain(await reveals(distributor.record(params.program))),
    );
    scope.post(
      '/programs/:program/reveals',
      {
        bodyLimit: MAX_SMALL_BODY,
        schema: { params: programParams, body: revealBody, response: { 200: revealAnswer } },
      },
      async ({ params, body }) => {
        await reveal(distributor.record(params.program), body);
        return { party: body.party, round: body.round };
      },
    );
  });
}

const security = [{ operator: [] }];

function operatorRoutes(app: FastifyInstance, { distributor, operators }: DistributorRoutesPorts): void {
  app.register(async (plainScope) => {
    useStrictJson(plainScope, MAX_SMALL_BODY);
    const scope = plainScope.withTypeProvider<ZodTypeProvider>();
    // Before any body is read: nobody without a key makes us parse.
    scope.addHook('onRequest', async (request) => assertOperator(request, operators, scopeOfMethod(request)));
    scope.get(
      '/programs/:program/outcomes',
      { schema: { security, params: programParams, querystring: listsQuery, response: { 200: outcomesAnswer } } },
      async ({ params, query }) => plain(await distributor.outcomes(params.program, query.after)),
    );
    scope.get('/settlement/notices', { schema: { security, response: { 200: noticesAnswer } } }, async () => ({
      notices: plain(await distributor.notices()),
    }));
    scope.get(
      '/settlement/:transfer',
      { schema: { security, params: transferParams, response: { 200: settlementAnswer } } },
      async ({ params }) => plain(await distributor.settlement(params.transfer)),
    );
    scope.post('/settlement/run', { schema: { security, body: noBody, response: { 200: settleAnswer } } }, async () =>
      plain(await distributor.settle()),
    );
    scope.post(
      '/settlement/acts',
      { schema: { security, body: instructionSchema, response: { 200: settlementAnswer } } },
      async ({ body }) => {
        await distributor.act(body);
        return plain(await distributor.settlement(body.payment));
      },
    );
    scope.post(
      '/programs/keys',
      { schema: { security, body: noBody, response: { 201: keyAnswer } } },
      async (_request, reply) => reply.code(201).send({ key: await distributor.createKey() }),
    );
  });
}
