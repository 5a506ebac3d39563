import { CodedError, encodeBase64url, TILE_WIDTH } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { FormerLog } from '../../roles/network/former-log.ts';
import type { NetworkRole } from '../../roles/network/network-role.ts';
import { answerTile, IMMUTABLE } from './tile-answer.ts';

const index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** As many logs as a network goes through. */
const place = z.coerce.number().int().min(0).max(63);

/**
 * The logs before the present one, each under the number of those before it, as far as they are left: for those who have to read
 * more of one before they can go over to the next. Nothing of it changes, but a copy may be made longer.
 */
export function formerRoutes(app: FastifyInstance, { network }: { network: Pick<NetworkRole, 'former'> }): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const never = new AbortController().signal;

  function find(at: number): FormerLog {
    const log = network.former(at);
    if (log !== undefined) return log;
    throw new CodedError('log.no-former', 'This network has had no such log, or nothing of it is left here.', {
      place: at,
    });
  }

  routes.get(
    '/log/former/:place/checkpoint',
    { schema: { params: z.object({ place }), querystring: z.object({ 'at-most': index.optional() }) } },
    async ({ params, query }, reply) => {
      const note = await find(params.place).fetchCheckpoint(never, query['at-most']);
      return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(note);
    },
  );

  routes.get(
    '/log/former/:place/checkpoints/:bundles',
    { schema: { params: z.object({ place, bundles: index }) } },
    async ({ params }, reply) => {
      const note = await find(params.place).fetchCheckpoint(never, params.bundles * TILE_WIDTH);
      return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(note);
    },
  );

  routes.get(
    '/log/former/:place/tile/*',
    { schema: { params: z.object({ place, '*': z.string() }) } },
    (request, reply) => {
      const { fetchTile, readBundle } = find(request.params.place);
      const readTile = (level: number, at: number, width: number) => fetchTile(level, at, width, never);
      return answerTile(request, reply, { readTile, readBundle });
    },
  );

  routes.get(
    '/log/former/:place/proof/consistency',
    { schema: { params: z.object({ place }), querystring: z.object({ from: index, to: index }) } },
    async ({ params, query }, reply) => {
      const hashes = await find(params.place).fetchConsistencyProof(query.from, query.to, never);
      if (hashes === undefined) throw new CodedError('log.out-of-range', 'There is no such proof.', query);
      return reply.header('cache-control', IMMUTABLE).send({ ...query, hashes: hashes.map(encodeBase64url) });
    },
  );
}
