import { instructionSchema, type ProgramRecord, type Reveal } from '@holdfast/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Distributor } from '../../roles/distributor/distributor.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';
import { applicationParams, applyBody, programParams, revealBody, transferParams } from './schemas.ts';

export type DistributorRoutesPorts = {
  readonly distributor: Distributor;
  readonly operators: OperatorKeys;
  /** Takes a party's secret to the beacon of a program. */
  readonly reveal: (record: ProgramRecord, reveal: Omit<Reveal, 'at'>) => Promise<void>;
};

/** Characters of one application: a presentation, and little beside it. */
const MAX_APPLY_BODY = 98_304;
const MAX_REVEAL_BODY = 1024;

/**
 * The distributor's doors. Programs are public. An application is shown to whoever knows its digest, which is salted by
 * its applicant. No key that opens a door here releases or moves money: that is decided by officers.
 */
export function distributorRoutes(app: FastifyInstance, ports: DistributorRoutesPorts): void {
  publicRoutes(app, ports.distributor);
  applicationRoutes(app, ports);
  operatorRoutes(app, ports);
}

function publicRoutes(app: FastifyInstance, distributor: Distributor): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/programs', async (_request, reply) => send(reply, { programs: await distributor.list() }));
  typed.get('/programs/:program', { schema: { params: programParams } }, async ({ params }, reply) =>
    send(reply, await distributor.find(params.program)),
  );
  typed.get('/programs/:program/lists', { schema: { params: programParams } }, async ({ params }, reply) =>
    send(reply, await distributor.lists(params.program)),
  );
}

function applicationRoutes(app: FastifyInstance, { distributor, reveal }: DistributorRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_APPLY_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.post(
      '/programs/:program/applications',
      { bodyLimit: MAX_APPLY_BODY, schema: { params: programParams, body: applyBody } },
      async ({ params, body }, reply) => {
        const accepted = await distributor.apply(params.program, body);
        const location = `/programs/${params.program}/applications/${accepted.application}`;
        reply.code(accepted.isRepeat ? 200 : 201).header('location', location);
        return send(reply, { application: accepted.application, acknowledgement: accepted.acknowledgement });
      },
    );
    scope.post(
      '/programs/:program/reveals',
      { bodyLimit: MAX_REVEAL_BODY, schema: { params: programParams, body: revealBody } },
      async ({ params, body }, reply) => {
        await reveal(distributor.record(params.program), body);
        return send(reply, { party: body.party, round: body.round });
      },
    );
    scope.get(
      '/programs/:program/applications/:application',
      { schema: { params: applicationParams } },
      async ({ params }, reply) => send(reply, await distributor.application(params.program, params.application)),
    );
    scope.get(
      '/programs/:program/applications/:application/proof',
      { schema: { params: applicationParams } },
      async ({ params }, reply) => send(reply, await distributor.proof(params.program, params.application)),
    );
  });
}

function operatorRoutes(app: FastifyInstance, { distributor, operators }: DistributorRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_REVEAL_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request) => assertOperator(request, operators, 'admin'));
    scope.get('/settlement/notices', async (_request, reply) => send(reply, { notices: await distributor.notices() }));
    scope.get('/settlement/:transfer', { schema: { params: transferParams } }, async ({ params }, reply) =>
      send(reply, await distributor.settlement(params.transfer)),
    );
    scope.post('/settlement/run', async (_request, reply) => send(reply, await distributor.settle()));
    scope.post('/settlement/acts', { schema: { body: instructionSchema } }, async ({ body }, reply) => {
      await distributor.act(body);
      return send(reply, await distributor.settlement(body.payment));
    });
    scope.post('/programs/keys', async (_request, reply) =>
      send(reply.code(201), { key: await distributor.createKey() }),
    );
  });
}

/** Amounts are decimal digits of minor units: a number in JSON would lose some. */
function send(reply: FastifyReply, body: object): FastifyReply {
  const text = JSON.stringify(body, (_name, value) => (typeof value === 'bigint' ? value.toString() : value));
  return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(text);
}
