import { encodePositions } from '@holdfast/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Governor } from '../../roles/governor/governor.ts';
import type { Proposal } from '../../roles/governor/proposal.ts';
import type { ProposalRequest } from '../../roles/governor/request.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';
import { idempotencyKeyOf, withoutUndefined } from './requests.ts';
import { approvalBody, decisionParams, partiesQuery, proposalBody } from './schemas.ts';

export type GovernorRoutesPorts = { readonly governor: Governor; readonly operators: OperatorKeys };

/** What one entry of the log holds in runs is named one by one here; and a rulebook is written with spaces. */
const MAX_PROPOSAL_BODY = 2_097_152;
const MAX_APPROVAL_BODY = 4_096;

/**
 * The governor's doors. An operator's key opens those behind which targets and reasons lie; no key that opens a door
 * approves anything. An approval asks for none: the officer's signature is the key, and everything cheap is looked at
 * before it is verified.
 */
export function governorRoutes(app: FastifyInstance, ports: GovernorRoutesPorts): void {
  publicRoutes(app, ports.governor);
  approvalRoutes(app, ports.governor);
  operatorRoutes(app, ports);
}

function publicRoutes(app: FastifyInstance, governor: Governor): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/rulebook', async (_request, reply) =>
    reply.header('cache-control', 'no-cache').send(await governor.rulebook()),
  );
  typed.get('/parties', { schema: { querystring: partiesQuery } }, async ({ query }, reply) =>
    reply.header('cache-control', 'no-cache').send(await governor.parties(query.id)),
  );
  typed.get('/decisions', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ decisions: await governor.list() }),
  );
  typed.get('/decisions/:id', { schema: { params: decisionParams } }, async ({ params }, reply) =>
    sendProposal(reply, await governor.find(params.id)),
  );
}

function approvalRoutes(app: FastifyInstance, governor: Governor): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_APPROVAL_BODY);
    plain
      .withTypeProvider<ZodTypeProvider>()
      .post(
        '/decisions/:id/approvals',
        { bodyLimit: MAX_APPROVAL_BODY, schema: { params: decisionParams, body: approvalBody } },
        async ({ params, body }, reply) => sendProposal(reply, await governor.approve(params.id, body.approval)),
      );
  });
}

function operatorRoutes(app: FastifyInstance, { governor, operators }: GovernorRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_PROPOSAL_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    // Before any body is read: nobody without a key makes us parse.
    scope.addHook('onRequest', async (request) => assertOperator(request, operators, scopeOfMethod(request)));
    scope.post(
      '/decisions',
      { bodyLimit: MAX_PROPOSAL_BODY, schema: { body: proposalBody } },
      async ({ body, headers }, reply) => {
        const proposal = await governor.propose(
          withoutUndefined(body) as unknown as ProposalRequest,
          idempotencyKeyOf(headers['idempotency-key']),
        );
        return sendProposal(reply.code(201).header('location', `/decisions/${proposal.id}`), proposal);
      },
    );
    scope.get('/decisions/:id/openings', { schema: { params: decisionParams } }, async ({ params }, reply) =>
      reply.header('cache-control', 'no-store').send(await governor.openings(params.id)),
    );
  });
}

/** Whoever decided reads on at this position or later: nobody they send elsewhere meets an older answer. */
function sendProposal(reply: FastifyReply, proposal: Proposal): FastifyReply {
  const { position } = proposal;
  if (position !== undefined) reply.header('holdfast-position', encodePositions([position]));
  return reply.header('cache-control', 'no-store').send(proposal);
}
