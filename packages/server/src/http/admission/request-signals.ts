import { isCodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import type { Signals } from '../../seeing/signals.ts';
import { NO_SPAN, type OpenSpan, runIn, type Spans } from '../../seeing/spans.ts';
import { routeOf } from '../asked-route.ts';
import type { Door } from './door.ts';
import { classOfRoute } from './route-class.ts';

export type RequestSignals = {
  readonly signals: Signals;
  readonly spans: Spans;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly onRefused: Door['onRefused'];
};

/** What is thrown behind the door, or before it; what the door itself refuses it tells. */
const SHED: ReadonlySet<string> = new Set(['request.shed', 'request.slow']);

/** On the request itself: of a map by requests the collector would look through every entry again and again. */
const TOLD = Symbol('told');
type Told = FastifyRequest & { [TOLD]?: { readonly span: OpenSpan; readonly sinceMs: number } };
const STATUS = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/**
 * Tells of requests at the door: by their class and route, never by what is in their address. Each is the root of a trace of
 * its own; a `traceparent` that comes along is not read, because it is a stranger's word. To be added after the door.
 */
export function tellRequests(app: FastifyInstance, { signals, spans, clock, onRefused }: RequestSignals): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const { class: name, kind } = classOf(request);
    if (kind === 'free') return done();
    signals.requestAdmitted({ class: name });
    const span = spans.open(`${request.method} ${routeOf(request).url ?? '*'}`);
    (request as Told)[TOLD] = { span, sinceMs: clock.monotonic() };
    if (span === NO_SPAN) done();
    else runIn(span, done);
  });
  onRefused((name, why) => signals.requestShed({ class: name, why }));
  app.addHook('onError', (request, _reply, error, done) => {
    if (isCodedError(error) && SHED.has(error.code))
      signals.requestShed({ class: classOf(request).class, why: error.code });
    const isForeseen = isCodedError(error) || (error.statusCode ?? 500) < 500;
    if (!isForeseen) signals.requestFailed({ class: classOf(request).class });
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    done();
    const visit = (request as Told)[TOLD];
    if (visit === undefined) return;
    const status = STATUS[Math.floor(reply.statusCode / 100) - 1] ?? '5xx';
    const { class: name } = classOf(request);
    signals.requestAnswered({ class: name, status, tookMs: clock.monotonic() - visit.sinceMs });
    visit.span.end({ 'holdfast.class': name, 'http.response.status_code': reply.statusCode }, status === '5xx');
  });
}

function classOf(request: FastifyRequest) {
  return classOfRoute(request.method, routeOf(request).url);
}
