import { CodedError, parsePositions, parseVerdictEnvelope } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Question } from '../../roles/verifier/question.ts';
import type { KeptVerdict } from '../../roles/verifier/verdict-book.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { assertOperator, isOperator, type OperatorKeys, unauthorized } from '../operators.ts';
import { eventRoutes } from './event-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { reviewRoutes } from './review-routes.ts';
import {
  type AskBody,
  askBodySchema,
  decidingQuery,
  firstHandleParams,
  handleParams,
  queryOf,
  type VerifyBody,
  verdictsQuery,
  verifierParams,
  verifyBodySchema,
  wantOf,
} from './schemas.ts';
import { standingRoutes } from './standing-routes.ts';
import { trustRoutes } from './trust-routes.ts';
import { POSITION_HEADER, sendVerdict, writePosition } from './verdict-answer.ts';
import { walletRoutes } from './wallet-routes.ts';

export type VerifierPorts = {
  /** All verifiers of this process; the first also answers where no verifier is named. */
  readonly verifiers: readonly VerifierRole[];
  readonly operators: OperatorKeys;
  /** Whether this request was shed at the door: then it is answered from what is here. Without it none is. */
  readonly isShed?: (request: FastifyRequest) => boolean;
};

/**
 * The verifiers' doors. `POST /verify` and `POST /presentations` ask for no key: a relying party is whoever can reach
 * them, which on a fresh installation is this machine. What one caller can take is bounded by the body limit, the
 * deadline and the verifier's own bounds; beyond loopback the proxy in front says who may ask. What was presented to a
 * verifier, and what it has answered others, is for operators only.
 */
export function verifierRoutes(app: FastifyInstance, ports: VerifierPorts): void {
  const byId = new Map(ports.verifiers.map((verifier) => [verifier.id, verifier]));
  const find = (id: string) => {
    const verifier = byId.get(id);
    if (verifier === undefined) throw new CodedError('verifier.not-found', 'There is no verifier of this name here.');
    return verifier;
  };
  const asks: Asks = {
    isOperator: (request) => isOperator(request, ports.operators, 'work'),
    isShed: ports.isShed ?? (() => false),
  };
  askingRoutes(app, find, asks);
  operatorRoutes(app, find, ports.operators);
  standingRoutes(app, find, ports.operators);
  policyRoutes(app, find, ports.operators);
  reviewRoutes(app, find, ports.operators);
  const [first] = ports.verifiers;
  eventRoutes(app, find, { first, operators: ports.operators });
  if (first !== undefined) firstRoutes(app, first, asks);
  trustRoutes(app, { find, first, operators: ports.operators });
  walletRoutes(app, find);
}

type Find = (id: string) => VerifierRole;
/** Whether an operator asks, and whether more ask than can be answered. */
type Asks = {
  readonly isOperator: (request: FastifyRequest) => boolean;
  readonly isShed: (request: FastifyRequest) => boolean;
};

function askingRoutes(app: FastifyInstance, find: Find, asks: Asks): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/v/:verifier', { schema: { params: verifierParams } }, async ({ params }, reply) => {
    const description = find(params.verifier).describe();
    if (description.position !== null) writePosition(reply, [description.position]);
    return reply.header('cache-control', 'no-store').send(description);
  });
  typed.post(
    '/v/:verifier/verify',
    { schema: { params: verifierParams, body: verifyBodySchema } },
    async (request, reply) => answerVerify(find(request.params.verifier), request, request.body, reply, asks),
  );
  typed.post(
    '/v/:verifier/presentations',
    { schema: { params: verifierParams, body: askBodySchema } },
    async ({ params, body }, reply) => answerAsk(find(params.verifier), body, reply),
  );
  typed.get('/v/:verifier/presentations/:id', { schema: { params: handleParams } }, async ({ params }, reply) =>
    answerStatus(find(params.verifier), params.id, reply),
  );
  typed.get('/v/:verifier/verdicts/:id', { schema: { params: handleParams } }, async ({ params }, reply) =>
    reply.header('cache-control', 'no-store').send(await verdictWithFollowUp(find(params.verifier), params.id)),
  );
}

/** Bare `/verify` and `/presentations` mean the first verifier. */
function firstRoutes(app: FastifyInstance, first: VerifierRole, asks: Asks): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.post('/verify', { schema: { body: verifyBodySchema } }, async (request, reply) =>
    answerVerify(first, request, request.body, reply, asks),
  );
  typed.post('/presentations', { schema: { body: askBodySchema } }, async ({ body }, reply) =>
    answerAsk(first, body, reply),
  );
  typed.get('/presentations/:id', { schema: { params: firstHandleParams } }, async ({ params }, reply) =>
    answerStatus(first, params.id, reply),
  );
}

function operatorRoutes(app: FastifyInstance, find: Find, operators: OperatorKeys): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/v/:verifier/verdicts',
    { schema: { params: verifierParams, querystring: verdictsQuery } },
    async (request, reply) => {
      assertOperator(request, operators, 'see');
      const { limit, subject, credential } = request.query;
      const verdicts = await find(request.params.verifier).latest({
        limit,
        ...(subject === undefined ? {} : { subject }),
        ...(credential === undefined ? {} : { credential }),
      });
      return reply.header('cache-control', 'no-store').send({ verdicts: verdicts.map(verdictBody) });
    },
  );
  typed.get('/v/:verifier/verdicts/:id/bundle', { schema: { params: handleParams } }, async (request, reply) => {
    assertOperator(request, operators, 'see');
    const { verifier, id } = request.params;
    return reply.header('cache-control', 'no-store').send(await find(verifier).replayBundle(id));
  });
  typed.get(
    '/v/:verifier/verdicts/:id/deciding',
    { schema: { params: handleParams, querystring: decidingQuery } },
    async (request, reply) => {
      assertOperator(request, operators, 'see');
      const { verifier, id } = request.params;
      const deciding = await find(verifier).deciding(id, request.query.as === 'now');
      return reply.header('cache-control', 'no-store').send({ deciding: deciding ?? null });
    },
  );
}

async function answerVerify(
  verifier: VerifierRole,
  request: FastifyRequest,
  body: VerifyBody,
  reply: FastifyReply,
  asks: Asks,
): Promise<FastifyReply> {
  const mayRefold = asks.isOperator(request);
  // Whoever asks to confirm must be who asked first, and an operator's key is what both are known by.
  if (body.keepStanding === true && !mayRefold) throw unauthorized();
  const isShed = asks.isShed(request);
  // What money stands on is kept, and this would not be.
  if (isShed && body.keepStanding === true) {
    throw new CodedError('request.shed', 'More comes in than can be done now; ask again for a verdict that is kept.');
  }
  const key = idempotencyKeyOf(request.headers['idempotency-key']);
  const question = questionOf(body, request.headers[POSITION_HEADER]);
  // No key has a space in it, so no stranger can take one before an operator uses it.
  const named = key === undefined ? {} : { key: mayRefold ? key : `anybody ${key}` };
  // An operator's program goes by what is kept, and is told that it was not.
  const given = await verifier.verify({ ...question, ...named, mayRefold, isShed, mayBeUnkept: !mayRefold });
  return sendVerdict(reply, given, verifier.jurisdiction.languageOf(given.verdict));
}

function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new CodedError('request.malformed', 'An Idempotency-Key is one word of up to 255 visible characters.');
}

function questionOf(body: VerifyBody, header: string | string[] | undefined): Question {
  const { credential, presentation, nonce, audience, want, query, deadlineMs, keepStanding, evidence } = body;
  return {
    ...(credential === undefined ? {} : { credential }),
    ...(presentation === undefined ? {} : { presentation }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
    ...(want === undefined ? {} : { want: wantOf(want) }),
    ...(query === undefined ? {} : { query: queryOf(query) }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(keepStanding === undefined ? {} : { keepStanding }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(header === undefined ? {} : { seen: parsePositions(String(header)) }),
  };
}

async function answerAsk(verifier: VerifierRole, body: AskBody, reply: FastifyReply): Promise<FastifyReply> {
  const { query, want } = body ?? {};
  const asked = await verifier.presentations.ask({
    ...(query === undefined ? {} : { query: queryOf(query) }),
    ...(want === undefined ? {} : { want: wantOf(want) }),
  });
  return reply.code(201).header('cache-control', 'no-store').send(asked);
}

async function answerStatus(verifier: VerifierRole, id: string, reply: FastifyReply): Promise<FastifyReply> {
  const status = await verifier.presentations.status(id);
  reply.header('cache-control', 'no-store');
  if (status.state !== 'done') return reply.send(status);
  const { signed } = await verifier.verdict(status.verdictId);
  const { verdict } = parseVerdictEnvelope(signed).envelope;
  writePosition(reply, verdict.basis.positions);
  return reply.send({ ...status, verdict, signed });
}

function verdictBody({ id, subject, answeredAt, signed, isReplayable }: KeptVerdict) {
  const { iss: _, iat: __, jti: ___, verdict, ...margin } = parseVerdictEnvelope(signed).envelope;
  return { id, subject, answeredAt, verdict, signed, ...margin, isReplayable };
}

/** A verdict, and what became of the answer that it promised. */
async function verdictWithFollowUp(verifier: VerifierRole, id: string) {
  const body = verdictBody(await verifier.verdict(id));
  const followUp = await verifier.followUp(id);
  if (followUp?.state !== 'done') return { ...body, ...(followUp === undefined ? {} : { followUp }) };
  const { verdict, signed } = verdictBody(await verifier.verdict(followUp.verdictId));
  return { ...body, followUp: { ...followUp, verdict, signed } };
}
