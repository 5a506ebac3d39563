import { isCodedError } from '@holdfast/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { problemOf } from '../problem.ts';
import { walletParams } from './schemas.ts';

const REQUEST_TYPE = 'application/oauth-authz-req+jwt';

const form = z.record(z.string(), z.string());

/**
 * What wallets call (OpenID4VP 1.0): they speak OAuth, so their errors are OAuth's, and terse: what a verdict says is for
 * the relying party. `/vp/{verifier}/{request}/…` names the verifier, so a proxy can send it to another process.
 */
export function walletRoutes(app: FastifyInstance, find: (id: string) => VerifierRole): void {
  app.register(async (scope) => {
    scope.setErrorHandler(answerWalletError);
    const typed = scope.withTypeProvider<ZodTypeProvider>();
    typed.get('/vp/:verifier/:request/request', { schema: { params: walletParams } }, async ({ params }, reply) => {
      const text = await find(params.verifier).presentations.requestObject(params.request);
      return sendRequest(reply, text);
    });
    typed.post(
      '/vp/:verifier/:request/request',
      { schema: { params: walletParams, body: form.nullish() } },
      async ({ params, body }, reply) => {
        const text = await find(params.verifier).presentations.requestObject(params.request, body?.wallet_nonce);
        return sendRequest(reply, text);
      },
    );
    typed.post(
      '/vp/:verifier/:request/response',
      { schema: { params: walletParams, body: form } },
      async ({ params, body }, reply) => {
        const answer = await find(params.verifier).presentations.respond(params.request, body);
        reply.header('cache-control', 'no-store');
        if (answer?.verdict.outcome !== 'invalid') return reply.send({});
        return sendOauthError(reply, 400, 'invalid_request', 'The presentation was not accepted.');
      },
    );
  });
}

function sendRequest(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(REQUEST_TYPE).header('cache-control', 'no-store').send(text);
}

type OauthError = 'invalid_request' | 'server_error' | 'temporarily_unavailable';

function sendOauthError(reply: FastifyReply, status: number, error: OauthError, description: string): FastifyReply {
  return reply.code(status).type('application/json').send({ error, error_description: description });
}

/** RFC 6749 section 5.2 in shape. What has no code is our fault: logged with its cause, and told as nothing but that. */
function answerWalletError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', 'no-store');
  const problem = problemOf(error);
  if (problem !== undefined && problem.status < 500) {
    return sendOauthError(reply, problem.status, 'invalid_request', problem.detail);
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (problem === undefined && !isCodedError(error) && status >= 400 && status < 500) {
    return sendOauthError(reply, status, 'invalid_request', 'The request does not have the documented shape.');
  }
  if (problem?.retry === 'later') {
    reply.header('retry-after', '1');
    return sendOauthError(reply, 503, 'temporarily_unavailable', 'Try again in a moment.');
  }
  request.log.error({ err: error }, 'a wallet was told server_error');
  return sendOauthError(reply, 500, 'server_error', 'The answer could not be taken.');
}
