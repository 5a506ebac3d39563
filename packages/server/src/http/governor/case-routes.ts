import { CodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { FilingDesk } from '../../ports/filing.ts';
import type { Respondent, Response } from '../../roles/governor/cases/acts.ts';
import type { CaseDesk } from '../../roles/governor/cases/case-desk.ts';
import type { Filer, Filing } from '../../roles/governor/cases/filing.ts';
import type { IncidentAccount } from '../../roles/governor/cases/incident-account.ts';
import type { StepDraft } from '../../roles/governor/cases/steps.ts';
import { assertOperator, isOperator, type OperatorKeys } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';
import {
  accountBody,
  caseParams,
  casesQuery,
  type FilingBody,
  filingBody,
  partyFilingBody,
  type ResponseBody,
  responseBody,
  stepBody,
  stepParams,
} from './case-schemas.ts';
import { idempotencyKeyOf, withoutUndefined } from './requests.ts';
import { approvalBody } from './schemas.ts';

export type CaseRoutesPorts = {
  readonly desk: CaseDesk;
  readonly operators: OperatorKeys;
  /** Takes what parties file under their own keys. */
  readonly filings: FilingDesk;
};

const MAX_CASE_BODY = 131_072;
/** What is being filed is filed, also when whoever sent it has left. */
const NEVER = new AbortController().signal;

/**
 * Doors for those concerned: whoever presents a credential files without an account, and sees it again by a code. What is
 * private opens for that code, or for an operator; what officers do counts by their signatures alone.
 */
export function caseRoutes(app: FastifyInstance, ports: CaseRoutesPorts): void {
  readingRoutes(app, ports);
  filingRoutes(app, ports);
  steppingRoutes(app, ports);
}

function readingRoutes(app: FastifyInstance, { desk, operators }: CaseRoutesPorts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/cases', { schema: { querystring: casesQuery } }, async ({ query }, reply) => {
    const cases = desk.list().filter(({ stage }) => query.open !== 'true' || stage !== 'final');
    return reply.header('cache-control', 'no-cache').send({ cases, manual: desk.manualRate() ?? null });
  });
  typed.get('/incidents', async (_request, reply) =>
    reply.header('cache-control', 'no-cache').send({ incidents: desk.incidents() }),
  );
  typed.get('/cases/own', async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await desk.own(codeIn(request))),
  );
  typed.get('/cases/:id', { schema: { params: caseParams } }, async ({ params }, reply) =>
    reply.header('cache-control', 'no-cache').send(desk.find(params.id)),
  );
  typed.get('/cases/:id/steps', { schema: { params: caseParams } }, async ({ params }, reply) =>
    reply.header('cache-control', 'no-cache').send({ steps: await desk.steps(params.id) }),
  );
  typed.get('/cases/:id/files', { schema: { params: caseParams } }, async (request, reply) => {
    assertOperator(request, operators, 'see');
    return reply.header('cache-control', 'no-store').send({ files: await desk.files(request.params.id) });
  });
}

function filingRoutes(app: FastifyInstance, { desk, operators, filings }: CaseRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_CASE_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.post('/cases/challenge', async (_request, reply) =>
      reply.header('cache-control', 'no-store').send(await desk.challenge()),
    );
    scope.post('/cases', { bodyLimit: MAX_CASE_BODY, schema: { body: filingBody } }, async (request, reply) => {
      const filer = filerOf(request, request.body, operators);
      const { presentation: _, ...filing } = request.body;
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      const answer = await desk.file(withoutUndefined(filing) as Filing, filer, key);
      return reply
        .code(201)
        .header('location', `/cases/${answer.case}`)
        .header('cache-control', 'no-store')
        .send({ ...answer, me: `/me/${answer.code}` });
    });
    // The party's signature is the key.
    scope.post(
      '/cases/filings',
      { bodyLimit: MAX_CASE_BODY, schema: { body: partyFilingBody } },
      async ({ body }, reply) =>
        reply
          .code(201)
          .header('cache-control', 'no-store')
          .send(await filings.file(body.filing, NEVER)),
    );
    scope.post(
      '/cases/:id/responses',
      { bodyLimit: MAX_CASE_BODY, schema: { params: caseParams, body: responseBody } },
      async (request, reply) => {
        const { act, statement, salt } = request.body;
        const response = withoutUndefined({ act, statement, salt }) as Response;
        const by = respondentOf(request, request.body, operators);
        const key = idempotencyKeyOf(request.headers['idempotency-key']);
        return reply.header('cache-control', 'no-store').send(await desk.respond(request.params.id, response, by, key));
      },
    );
  });
}

function steppingRoutes(app: FastifyInstance, { desk, operators }: CaseRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_CASE_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.post(
      '/cases/:id/steps',
      {
        bodyLimit: MAX_CASE_BODY,
        schema: { params: caseParams, body: stepBody },
        onRequest: async (request) => assertOperator(request, operators, 'work'),
      },
      async ({ params, body, headers }, reply) => {
        const draft = withoutUndefined(body) as StepDraft;
        const step = await desk.propose(params.id, draft, idempotencyKeyOf(headers['idempotency-key']));
        return reply.code(201).header('cache-control', 'no-store').send(step);
      },
    );
    scope.post(
      '/incidents/accounts',
      {
        bodyLimit: 4_096,
        schema: { body: accountBody },
        onRequest: async (request) => assertOperator(request, operators, 'work'),
      },
      async ({ body }, reply) =>
        reply
          .code(201)
          .header('cache-control', 'no-store')
          .send(await desk.account(withoutUndefined(body) as IncidentAccount)),
    );
    // The officer's signature is the key, as with decisions.
    scope.post(
      '/cases/:id/steps/:step/approvals',
      { bodyLimit: 4_096, schema: { params: stepParams, body: approvalBody } },
      async ({ params, body }, reply) =>
        reply.header('cache-control', 'no-store').send(await desk.approve(params.step, body.approval)),
    );
  });
}

function codeIn(request: FastifyRequest): string {
  const code = request.headers['holdfast-case-code'];
  if (typeof code === 'string' && code.length > 0 && code.length <= 100) return code;
  throw new CodedError(
    'case.code',
    'Send the code that you were given when you filed, in the header Holdfast-Case-Code.',
  );
}

function filerOf(request: FastifyRequest, body: FilingBody, operators: OperatorKeys): Filer {
  if (body.presentation !== undefined) return { presentation: body.presentation };
  assertOperator(request, operators, 'work');
  return { operator: 'admin' };
}

function respondentOf(request: FastifyRequest, body: ResponseBody, operators: OperatorKeys): Respondent {
  const { code, presentation, signed } = body;
  if (code !== undefined) return { code };
  if (presentation !== undefined) return { presentation };
  if (signed !== undefined) return { signed };
  if (isOperator(request, operators, 'work')) return { operator: 'admin' };
  throw new CodedError('case.respondent', 'Send the code you were given, a presentation, or a signature of the party.');
}
