import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { routeOf } from '../http/asked-route.ts';

/** What is under way longer than this when the server is told to stop is cut off. */
const DRAIN_TIMEOUT_MS = 5000;
const POLL_MS = 20;

/** Streams have no end of their own: whoever serves them ends them when the server closes. */
const STREAMS = /^\/feed$|\/events$/;

/**
 * Closing the app first lets the requests that are under way be answered. Nobody else gets a connection from then on, so that
 * a balancer asks the next process at once instead of passing on this one's 503; those who are inside are told that theirs ends.
 */
export function drainOnClose(app: FastifyInstance): void {
  const open = new Set<ServerResponse>();
  app.addHook('onRequest', (request, { raw }, done) => {
    if (!STREAMS.test(routeOf(request).url ?? '')) {
      open.add(raw);
      raw.on('close', () => open.delete(raw));
    }
    done();
  });
  app.addHook('preClose', async () => {
    app.server.close();
    for (const raw of open) if (!raw.headersSent) raw.setHeader('connection', 'close');
    for (let waitedMs = 0; open.size > 0 && waitedMs < DRAIN_TIMEOUT_MS; waitedMs += POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  });
}
