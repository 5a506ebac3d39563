import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { NetworkRole } from '../../roles/network/network-role.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** A new one comes about every hour and a half; a follower that begins at the one before reads a little more. */
const LATEST = 'public, max-age=60';

const paramsSchema = z.object({ size: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** Snapshots of the folded state, each at its own path for ever, and which is the latest. */
export function snapshotRoutes(
  app: FastifyInstance,
  { network }: { network: Pick<NetworkRole, 'readSnapshot'> },
): void {
  app.get('/log/snapshot/latest', async (_, reply) => {
    const latest = await network.readSnapshot(Number.MAX_SAFE_INTEGER);
    if (latest === undefined) throw none();
    return reply.header('cache-control', LATEST).type('text/plain; charset=utf-8').send(`${latest.size}\n`);
  });

  app.get('/log/snapshot/:size', { schema: { params: paramsSchema } }, async (request, reply) => {
    const { size } = request.params as z.infer<typeof paramsSchema>;
    const kept = await network.readSnapshot(size);
    if (kept?.size !== size) throw none();
    return reply.header('cache-control', IMMUTABLE).type('application/octet-stream').send(Buffer.from(kept.bytes));
  });
}

function none(): CodedError {
  return new CodedError('log.no-snapshot', 'The network keeps no such snapshot. Read the log from its first entry.');
}
