import { CodedError } from '@holdfast/core';
import { encodePolicy, parsePolicy } from '@holdfast/verifier';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LivePolicy, PolicyInForce } from '../../roles/verifier/live-policy.ts';
import type { VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { verifierParams } from './schemas.ts';

/** What a verifier asks beyond the rulebook, read and changed while it runs; and where the time of its decisions goes. */
export function policyRoutes(app: FastifyInstance, find: (id: string) => VerifierRole, operators: OperatorKeys): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    scope.get('/v/:verifier/policy', { schema: { params: verifierParams } }, async ({ params }, reply) =>
      sendPolicy(reply, livePolicyOf(find(params.verifier)).current()),
    );
    scope.put(
      '/v/:verifier/policy',
      { schema: { params: verifierParams, body: z.unknown() } },
      async ({ params, body, headers }, reply) => {
        const live = livePolicyOf(find(params.verifier));
        return sendPolicy(reply, await live.replace(parsePolicy(body), expectedOf(headers['if-match'])));
      },
    );
    scope.get('/v/:verifier/latency', { schema: { params: verifierParams } }, async ({ params }) =>
      find(params.verifier).latency(),
    );
  });
}

function livePolicyOf({ policy }: VerifierRole): LivePolicy {
  if (policy !== undefined) return policy;
  throw new CodedError('policy.fixed', 'The policy of this verifier cannot be changed while it runs.');
}

function sendPolicy(reply: FastifyReply, { policy, digest, since, checks }: PolicyInForce): FastifyReply {
  return reply.header('etag', `"${digest}"`).send({ policy: encodePolicy(policy), digest, since, checks });
}

/** Whoever changes a policy says which one: two who change it at once would otherwise undo each other. */
function expectedOf(header: string | undefined): string {
  const [, digest] = /^"([A-Za-z0-9_-]{43})"$/.exec(header ?? '') ?? [];
  if (digest !== undefined) return digest;
  throw new CodedError('policy.match-needed', 'Say with If-Match: "DIGEST" which policy you have changed.');
}
