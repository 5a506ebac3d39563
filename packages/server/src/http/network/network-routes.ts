import {
  CodedError,
  encodeBase64url,
  encodePositions,
  MAX_STATEMENT_BYTES,
  parseStatement,
  TILE_WIDTH,
} from '@holdfast/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { NetworkRole } from '../../roles/network/network-role.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { DEFAULT_FEED_BOUNDS, type FeedBounds, feedRoute } from './feed-route.ts';
import { formerRoutes } from './former-routes.ts';
import { snapshotRoutes } from './snapshot-routes.ts';
import { answerTile, IMMUTABLE } from './tile-answer.ts';

export type NetworkDoor = Omit<NetworkRole, 'start' | keyof AsyncDisposable>;

export type NetworkRoutePorts = {
  readonly network: NetworkDoor;
  /** Without them nobody can ask for a new key of the log. */
  readonly operators?: OperatorKeys;
  readonly bounds?: Partial<FeedBounds>;
};

/** Statements in one request, and bytes of one: 64 of the longest, or 256 of the usual. */
const MAX_BATCH = 256;
const BODY_LIMIT_BYTES = 1_048_576;

const index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const appendSchema = z.strictObject({
  statements: z.array(z.string().min(1).max(MAX_STATEMENT_BYTES)).min(1).max(MAX_BATCH),
});

/** The log for C2SP clients (tlog-tiles), its proofs, its entries for people, the feed, and the door for statements. */
export function networkRoutes(app: FastifyInstance, ports: NetworkRoutePorts): void {
  const { network } = ports;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const never = new AbortController().signal;

  /** How far this answer has read: the position of the last epoch. */
  function withPosition(reply: FastifyReply): FastifyReply {
    const { position } = network.state;
    return position === undefined ? reply : reply.header('holdfast-position', encodePositions([position]));
  }

  routes.get(
    '/log/checkpoint',
    {
      schema: {
        querystring: z.object({ 'at-most': index.optional(), cosigned: z.enum(['true', 'false']).optional() }),
      },
    },
    async (request, reply) => {
      const { 'at-most': atMost, cosigned } = request.query;
      const note = cosigned === 'true' ? await readCosigned() : await network.fetchCheckpoint(never, atMost);
      // The only thing here that changes: a stale copy would look like a log that went back.
      return withPosition(reply).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(note);
    },
  );

  async function readCosigned(): Promise<string> {
    const cosigned = await network.fetchCosigned?.(never);
    if (cosigned !== undefined) return cosigned;
    throw new CodedError('log.not-cosigned', 'No quorum of witnesses has cosigned a checkpoint of this log yet.');
  }

  routes.get('/log/proof', { schema: { querystring: z.object({ index }) } }, async ({ query }, reply) => {
    const proof = await network.proveEntry(query.index);
    return withPosition(reply).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(proof);
  });

  routes.get(
    '/log/checkpoints/:bundles',
    { schema: { params: z.object({ bundles: index }) } },
    async (request, reply) => {
      const atMost = request.params.bundles * TILE_WIDTH;
      // Not before the log is longer: until then the answer would still change.
      if (atMost < 1 || atMost > network.health().size) {
        throw new CodedError('log.out-of-range', 'The log is not so many bundles long.', {
          size: network.health().size,
        });
      }
      const note = await network.fetchCheckpoint(never, atMost);
      return reply.header('cache-control', IMMUTABLE).type('text/plain; charset=utf-8').send(note);
    },
  );

  routes.get('/log/tile/*', (request, reply) => answerTile(request, reply, network));

  routes.get('/log/keys', async (_, reply) =>
    withPosition(reply)
      .header('cache-control', 'no-store')
      .send(await network.proveKeys()),
  );

  routes.get('/log/lineage', async (_, reply) => {
    const lineage = await network.fetchLineage?.(never);
    if (lineage === undefined) throw new CodedError('log.no-lineage', 'This network is in its first log.');
    return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(lineage);
  });

  routes.get('/log/minimum', async (_, reply) => {
    const retentionMs = network.state.rulebook?.body.retention?.entriesMs;
    const answer = {
      minimumIndex: await network.minimumIndex(),
      ...(retentionMs === undefined ? {} : { retentionMs }),
    };
    return withPosition(reply).header('cache-control', 'no-store').send(answer);
  });

  routes.get(
    '/log/proof/inclusion',
    { schema: { querystring: z.object({ index, size: index }) } },
    async ({ query }, reply) => {
      const hashes = await network.readInclusionProof(query.index, query.size);
      return reply.header('cache-control', IMMUTABLE).send({ ...query, hashes: hashes.map(encodeBase64url) });
    },
  );

  routes.get(
    '/log/proof/consistency',
    { schema: { querystring: z.object({ from: index, to: index }) } },
    async ({ query }, reply) => {
      const hashes = await network.readConsistencyProof(query.from, query.to);
      return reply.header('cache-control', IMMUTABLE).send({ ...query, hashes: hashes.map(encodeBase64url) });
    },
  );

  routes.get(
    '/log/entries',
    { schema: { querystring: z.object({ from: index.optional(), to: index.optional() }) } },
    async ({ query }, reply) => {
      const { size } = network.health();
      const to = Math.min(query.to ?? size, size);
      const from = query.from ?? Math.max(0, to - 20);
      const entries = await network.readEntries(from, to);
      const told = entries.map((entry, i) => ({ index: from + i, ...describeEntry(entry) }));
      return withPosition(reply).header('cache-control', 'no-store').send({ size, entries: told });
    },
  );

  routes.post(
    '/log/statements',
    { bodyLimit: BODY_LIMIT_BYTES, schema: { body: appendSchema } },
    async ({ body }, reply) => {
      const receipt = await network.append(body.statements);
      return withPosition(reply).code(201).send(receipt);
    },
  );

  const { operators } = ports;
  if (operators !== undefined) {
    routes.post('/log/keys', async (request, reply) => {
      assertOperator(request, operators, 'work');
      return reply.code(201).send({ vkey: await network.createLogKey() });
    });
  }

  snapshotRoutes(app, { network });
  formerRoutes(app, { network });
  feedRoute(app, { network, bounds: { ...DEFAULT_FEED_BOUNDS, ...ports.bounds } });
}

/** The entry as it is signed, and what it says for whoever reads without tools. */
function describeEntry(jws: string): { readonly jws: string; readonly payload?: unknown; readonly malformed?: string } {
  const parse = parseStatement(jws);
  return parse.ok ? { jws, payload: parse.statement.jws.payload } : { jws, malformed: parse.why };
}
