import { CodedError } from '@holdfast/core';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { OWN_HEADERS } from './own-headers.ts';
import { answerError } from './problem.ts';
import { useStrictJson } from './strict-body.ts';

/** Bounds of the door. Bodies in bytes, times in milliseconds. */
export type HttpBounds = {
  readonly bodyLimit: number;
  readonly requestTimeoutMs: number;
  readonly maxParamLength: number;
  /** How long a connection may take to say what it wants, from its beginning or from the answer before. */
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
};

export const DEFAULT_HTTP_BOUNDS: HttpBounds = {
  bodyLimit: 131_072,
  requestTimeoutMs: 15_000,
  maxParamLength: 500,
  headersTimeoutMs: 10_000,
  keepAliveTimeoutMs: 72_000,
};

/** How often Node looks for connections that are too slow. */
const LOOK_EVERY_MS = 1_000;

/**
 * A Fastify app with our manners: bounded bodies, problem documents, no server banner, form bodies for wallets.
 * Rooms add themselves with `app.register(async (scope) => networkRoutes(scope, ports))`.
 */
export async function createHttpServer(
  logger: Logger | false,
  bounds = DEFAULT_HTTP_BOUNDS,
  /** Whose `X-Forwarded-For` is believed: IP addresses and networks of proxies in front. From anybody else it says nothing. */
  proxies: readonly string[] = [],
): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    ...(logger === false
      ? { logger: false }
      : {
          loggerInstance: logger,
          logController: new LogController({ disableRequestLogging: true }),
          // One for all: each would be made for a request that says nothing in it.
          childLoggerFactory: (all: FastifyBaseLogger) => all,
        }),
    ...(proxies.length === 0 ? {} : { trustProxy: [...proxies] }),
    bodyLimit: bounds.bodyLimit,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.keepAliveTimeoutMs,
    http: { headersTimeout: bounds.headersTimeoutMs, connectionsCheckingInterval: LOOK_EVERY_MS },
    routerOptions: { maxParamLength: bounds.maxParamLength },
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: Error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler(() => {
    throw new CodedError('request.not-found', 'There is nothing at this address.');
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: bounds.bodyLimit },
    async (_request: unknown, body: string | Buffer) => parseForm(String(body)),
  );
  useStrictJson(app, bounds.bodyLimit);
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers(OWN_HEADERS);
    done();
  });
  return app;
}

const MAX_FORM_FIELDS = 64;

/** A repeated field is refused: two readers may take different ones. */
export function parseForm(text: string): Record<string, string> {
  const fields = [...new URLSearchParams(text)];
  const names = new Set(fields.map(([name]) => name));
  if (fields.length > MAX_FORM_FIELDS || names.size !== fields.length || names.has('__proto__')) {
    throw new CodedError('request.malformed', 'This form repeats a field or has too many.');
  }
  return Object.fromEntries(fields);
}
