import httpProxy from '@fastify/http-proxy';
import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';

/**
 * One origin for verifiers in other processes: what is theirs is passed on to wherever they listen now. `findUrl` gives
 * undefined while one is down; then the answer is `verifier.unreachable`, and nothing waits.
 */
export async function verifierProxy(
  app: FastifyInstance,
  options: { readonly id: string; readonly findUrl: () => string | undefined },
): Promise<void> {
  const unreachable = () =>
    new CodedError('verifier.unreachable', `The process of verifier ${options.id} does not answer.`);
  for (const prefix of [`/v/${options.id}`, `/vp/${options.id}`]) {
    const passOn = async (scope: FastifyInstance) => {
      // Bodies pass as they came: parsing them here would only mean writing them again.
      scope.removeContentTypeParser(['application/x-www-form-urlencoded', 'application/json']);
      await scope.register(httpProxy, {
        prefix,
        rewritePrefix: prefix,
        upstream: '',
        http: { requestOptions: { timeout: 15_000 } },
        disableRequestLogging: true,
        preHandler: async () => {
          if (options.findUrl() === undefined) throw unreachable();
        },
        replyOptions: {
          getUpstream: () => options.findUrl() ?? 'http://127.0.0.1:1',
          onError: (reply) => {
            const { code, message } = unreachable();
            void reply
              .code(503)
              .type('application/problem+json')
              .send({ status: 503, code, title: message, detail: message });
          },
        },
      });
    };
    // That a verifier is away is a finding, and an answer to whoever asked: not a stack for each request.
    await app.register(passOn, { logLevel: 'error' });
  }
}
