import { BITSTRING_TYP, CodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Issuer } from '../../roles/issuer/issuer.ts';

type TenantPath = { Params: { tenant: string } };

const STATUS_TYPE = 'application/statuslist+jwt';
const METADATA_MAX_AGE_S = 300;
/** A version of a type never changes, so its description may be kept for as long as caches like. */
const TYPE_MAX_AGE_S = 86_400;

/** What anybody may read: metadata, types, status lists, anchors. Nothing in it is about a person. */
export function publicRoutes(app: FastifyInstance, issuer: Issuer, listTtlMs: number): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*');
    });
    metadataRoutes(scope, issuer);
    statusRoutes(scope, issuer, Math.floor(listTtlMs / 2000));
    bitstringRoutes(scope, issuer, Math.floor(listTtlMs / 2000));
    scope.get('/trust/anchors.pem', async (_request, reply) => {
      cacheFor(reply, METADATA_MAX_AGE_S).type('application/pem-certificate-chain');
      return reply.send(issuer.readAnchors());
    });
  });
}

function metadataRoutes(scope: FastifyInstance, issuer: Issuer): void {
  scope.get<TenantPath>('/.well-known/openid-credential-issuer/i/:tenant', async ({ params }, reply) => {
    const metadata = issuer.readIssuerMetadata(params.tenant);
    return cacheFor(reply, METADATA_MAX_AGE_S).send(metadata);
  });
  scope.get<TenantPath>('/.well-known/oauth-authorization-server/i/:tenant', async ({ params }, reply) => {
    const metadata = issuer.readAuthorizationServerMetadata(params.tenant);
    return cacheFor(reply, METADATA_MAX_AGE_S).send(metadata);
  });
  scope.get<TenantPath>('/.well-known/jwt-vc-issuer/i/:tenant', async ({ params }, reply) => {
    const metadata = await issuer.readJwtVcIssuerMetadata(params.tenant);
    return cacheFor(reply, METADATA_MAX_AGE_S).send(metadata);
  });
  scope.get<{ Params: { tenant: string; type: string; version: string } }>(
    '/vct/:tenant/:type/:version',
    async ({ params }, reply) => {
      const metadata = issuer.readTypeMetadata(params.tenant, params.type, params.version);
      return cacheFor(reply, TYPE_MAX_AGE_S).send(metadata);
    },
  );
}

function statusRoutes(scope: FastifyInstance, issuer: Issuer, maxAgeS: number): void {
  scope.get<TenantPath>('/status/:tenant', async ({ params }, reply) => {
    const uris = issuer.readListUris(params.tenant);
    return cacheFor(reply, maxAgeS).send({ status_lists: uris });
  });
  scope.get<{ Params: { tenant: string; number: string }; Querystring: { time?: string } }>(
    '/status/:tenant/:number',
    async (request, reply) => {
      assertCurrentJwt(request);
      const { tenant, number } = request.params;
      const token = issuer.readListToken(tenant, listNumber(number));
      cacheFor(reply, maxAgeS).header('etag', token.etag).header('vary', 'accept');
      if (isKnown(request.headers['if-none-match'], token.etag)) return reply.code(304).send();
      return reply.type(STATUS_TYPE).send(token.jwt);
    },
  );
}

/** The same lists for those who read Bitstring Status Lists, at addresses of their own: one for each purpose. */
function bitstringRoutes(scope: FastifyInstance, issuer: Issuer, maxAgeS: number): void {
  scope.get<{ Params: { tenant: string; number: string; purpose: string } }>(
    '/status/:tenant/:number/:purpose',
    async (request, reply) => {
      const { tenant, number, purpose } = request.params;
      const list = await issuer.readBitstring(tenant, listNumber(number), purpose);
      cacheFor(reply, maxAgeS).header('etag', list.etag);
      if (isKnown(request.headers['if-none-match'], list.etag)) return reply.code(304).send();
      return reply.type(`application/${BITSTRING_TYP}`).send(list.jwt);
    },
  );
}

function listNumber(text: string): number {
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0;
}

/** Token Status List sections 8.1 and 8.4: one format, and the list as it is now. */
function assertCurrentJwt(request: FastifyRequest<{ Querystring: { time?: string } }>): void {
  if (request.query.time !== undefined) {
    throw new CodedError('status.history-unsupported', 'Only the present status list is served, not one of the past.');
  }
  const { accept } = request.headers;
  const ranges = (accept ?? STATUS_TYPE).split(',').map((range) => range.split(';')[0]?.trim().toLowerCase());
  if (ranges.some((range) => range === STATUS_TYPE || range === 'application/*' || range === '*/*')) return;
  throw new CodedError('status.not-acceptable', `Status lists are served as ${STATUS_TYPE}.`);
}

function isKnown(header: string | undefined, etag: string): boolean {
  const known = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

function cacheFor(reply: FastifyReply, seconds: number): FastifyReply {
  return reply.header('cache-control', `public, max-age=${seconds}`);
}
