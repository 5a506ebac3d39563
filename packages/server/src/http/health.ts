import type { FastifyInstance } from 'fastify';
import type { DoorView } from './admission/door.ts';

/** Named parts and whether each is ready; a part that is not says why in a word. */
export type Readiness = () => Promise<Readonly<Record<string, 'ready' | (string & {})>>>;

/** `/healthz`: this process runs. `/readyz`: every part of it can do its work, and what its door carries. */
export function healthRoutes(app: FastifyInstance, readiness: Readiness, readDoor?: () => DoorView): void {
  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const parts = await readiness();
    const isReady = Object.values(parts).every((state) => state === 'ready');
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ready: isReady, parts, ...(readDoor === undefined ? {} : { load: loadOf(readDoor()) }) });
  });
}

function loadOf({ classes, loop }: DoorView) {
  return { classes, loop };
}
