import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { CodedError, isCodedError, parseTilePath, type TilePath } from '@holdfast/core';
import { MAX_ENTRIES_PER_READ } from '@holdfast/verifier';
import type { FastifyReply, FastifyRequest } from 'fastify';

const gzip = promisify(gzipCallback);

/** A tile never changes: whoever has it need not ask again. A partial one is soon of no use. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
const PARTIAL = 'public, max-age=3600, immutable';

/** Codings of an Accept-Encoding that are looked at. */
const MAX_CODINGS = 16;

export type TileReader = {
  readTile(level: number, index: number, width: number): Promise<Uint8Array>;
  readBundle(index: number, width: number): Promise<Uint8Array>;
};

/** Answers for what lies under `tile/` of a log (C2SP tlog-tiles). */
export async function answerTile(request: FastifyRequest, reply: FastifyReply, log: TileReader): Promise<FastifyReply> {
  const path = parsePath(`tile/${(request.params as { '*': string })['*']}`);
  const bytes =
    path.kind === 'entries'
      ? await log.readBundle(path.index, path.width)
      : await log.readTile(path.level, path.index, path.width);
  const cache = path.width === MAX_ENTRIES_PER_READ ? IMMUTABLE : PARTIAL;
  reply.header('cache-control', cache).type('application/octet-stream');
  // Hashes do not get smaller.
  if (path.kind === 'hashes') return reply.send(Buffer.from(bytes));
  reply.header('vary', 'accept-encoding');
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(Buffer.from(bytes));
  return reply.header('content-encoding', 'gzip').send(await gzip(bytes));
}

/** RFC 9110 section 12.5.3, as far as it concerns gzip: named or by `*`, and not with a weight of 0. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '')
    .split(',', MAX_CODINGS)
    .map((coding) => coding.trim().toLowerCase());
  const weights = new Map(codings.map((coding) => coding.split(/\s*;\s*/)).map(([name = '', q = 'q=1']) => [name, q]));
  const weight = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 'q=0';
  return !/^q=0(\.0*)?$/.test(weight);
}

function parsePath(path: string): TilePath {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new CodedError('log.tile-path', 'This is not the path of a tile.', {}, error);
  }
}
