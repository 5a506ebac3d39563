import { CodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Issuer } from '../../roles/issuer/issuer.ts';
import { useStrictJson } from '../strict-body.ts';
import { answerOauthError } from './oauth-error.ts';

type TenantPath = { Params: { tenant: string } };

/** Bytes of one request: a batch of ten proofs takes ten thousand. */
const MAX_TOKEN_BODY = 8_192;
const MAX_CREDENTIAL_BODY = 65_536;
const MAX_NOTIFICATION_BODY = 4_096;

/**
 * What wallets call. Answers are never cached; any page may call them, for a wallet may be one: no cookie is read here,
 * so a foreign page gains nothing by it.
 */
export function walletRoutes(app: FastifyInstance, issuer: Issuer): void {
  endpoint(app, 'invalid_request', (scope) => {
    scope.get<{ Params: { tenant: string; link: string } }>('/i/:tenant/offers/:link', async (request) =>
      issuer.readOffer(request.params.tenant, request.params.link),
    );
  });
  endpoint(app, 'invalid_request', (scope) => {
    scope.post<TenantPath>('/i/:tenant/token', { bodyLimit: MAX_TOKEN_BODY }, async (request) =>
      issuer.redeemCode(request.params.tenant, formOf(request)),
    );
    scope.options('/i/:tenant/token', async (_request, reply) => reply.code(204).send());
  });
  endpoint(app, 'invalid_request', (scope) => {
    // The standard sends no body; whatever a client sends is dropped unread.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 1024 }, async () => undefined);
    scope.post<TenantPath>('/i/:tenant/nonce', { bodyLimit: 1024 }, async (request) =>
      issuer.createNonce(request.params.tenant),
    );
    scope.options('/i/:tenant/nonce', async (_request, reply) => reply.code(204).send());
  });
  endpoint(app, 'invalid_credential_request', (scope) => {
    useStrictJson(scope, MAX_CREDENTIAL_BODY);
    scope.post<TenantPath>('/i/:tenant/credential', { bodyLimit: MAX_CREDENTIAL_BODY }, async (request) =>
      issuer.issueCredentials(request.params.tenant, bearerOf(request), request.body),
    );
    scope.options('/i/:tenant/credential', async (_request, reply) => reply.code(204).send());
  });
  endpoint(app, 'invalid_notification_request', (scope) => {
    useStrictJson(scope, MAX_NOTIFICATION_BODY);
    const options = { bodyLimit: MAX_NOTIFICATION_BODY };
    scope.post<TenantPath>('/i/:tenant/notification', options, async (request, reply) => {
      await issuer.receiveNotification(request.params.tenant, bearerOf(request), request.body);
      return reply.code(204).send();
    });
    scope.options('/i/:tenant/notification', async (_request, reply) => reply.code(204).send());
  });
}

function endpoint(app: FastifyInstance, malformed: string, add: (scope: FastifyInstance) => void): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store').header('access-control-allow-origin', '*');
      reply
        .header('access-control-allow-headers', 'authorization, content-type')
        .header('access-control-max-age', '600');
    });
    scope.setErrorHandler((error: Error, request, reply) => answerOauthError(error, request, reply, malformed));
    add(scope);
  });
}

function formOf({ body }: FastifyRequest): Readonly<Record<string, string>> {
  const isForm =
    typeof body === 'object' && body !== null && Object.values(body).every((value) => typeof value === 'string');
  if (!isForm) throw new CodedError('issuance.request-malformed', 'A token request is a form.');
  return body as Record<string, string>;
}

function bearerOf({ headers }: FastifyRequest): string {
  const match = /^Bearer ([A-Za-z0-9._~+/=-]{1,200})$/i.exec(headers.authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  throw new CodedError('issuance.token-missing', 'This needs the access token: Authorization: Bearer TOKEN.');
}
