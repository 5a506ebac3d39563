import type { Readable } from 'node:stream';
import { CodedError, type Json, parseJson, parseUtf8 } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { createBodyArrivals, isReceived, type Received, tooLarge } from './admission/body-arrival.ts';
import { routeOf } from './asked-route.ts';

/** Of an app without a door; how long one may take is the server's `requestTimeout` there. */
const arrivals = createBodyArrivals({ maxArriving: Number.POSITIVE_INFINITY, bodyTimeoutMs: Number.POSITIVE_INFINITY });

/**
 * Reads JSON bodies of this scope with core's strict parser: a member that appears twice, half a character or an abyss
 * of nesting is refused here, and not read in one way by us and in another by whoever looks at the same bytes later. What the door has
 * received is read where it lies, and not put through a stream again.
 */
export function useStrictJson(scope: FastifyInstance, maxLength: number): void {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', (request, payload: Readable, done) => {
    const limit = Math.min(routeOf(request).bodyLimit, maxLength);
    const end: Received = (error, body) => {
      if (error !== undefined) return done(error);
      let value: Json;
      try {
        value = readJson(body?.bytes ?? NOTHING, limit);
      } catch (failure) {
        return done(failure as Error);
      }
      done(null, value);
    };
    if (isReceived(payload)) end(undefined, payload);
    else arrivals.receive(payload, limit, 0, end);
  });
}

const NOTHING = Buffer.alloc(0);

function readJson(bytes: Buffer, maxLength: number): Json {
  if (bytes.length > maxLength) throw tooLarge(maxLength);
  if (bytes.length === 0) throw new CodedError('request.malformed', 'The body is empty; JSON was expected.');
  return parseJson(parseUtf8(bytes), { maxLength, maxDepth: 12 });
}
