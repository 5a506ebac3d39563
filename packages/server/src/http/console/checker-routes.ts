import type { FastifyInstance } from 'fastify';
import { REASONS } from '../../spec.ts';
import { type ConsoleRoutesPorts, sendIndex, sendWaiting } from './console-routes.ts';

const HIDDEN = { hide: true } as const;

/**
 * `/check`: the public checker, a page that judges in the browser. Nothing is asked of this server but what it hands to
 * anybody: the log, and the words for reasons, all of them at once, so that not even the reason is told.
 */
export function checkerRoutes(
  app: FastifyInstance,
  { site, clock, entropy }: Pick<ConsoleRoutesPorts, 'site' | 'clock' | 'entropy'>,
): void {
  const words = JSON.stringify(Object.fromEntries([...REASONS].map(([code, { person }]) => [code, person])));
  app.get('/check', { schema: HIDDEN }, (_request, reply) => {
    const built = site();
    if (built.state !== 'ready') return sendWaiting(reply, built, clock.now());
    if (built.checker !== '') return sendIndex(reply, built.checker, entropy);
    return sendWaiting(reply, { state: 'failed', words: 'What was built here has no checker.' }, clock.now());
  });
  app.get('/check/words.json', { schema: HIDDEN }, (_request, reply) =>
    reply.type('application/json').header('cache-control', 'public, max-age=3600').send(words),
  );
}
