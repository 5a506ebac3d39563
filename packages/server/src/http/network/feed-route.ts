import type { ServerResponse } from 'node:http';
import { CodedError, encodeUtf8, isCodedError, parseCheckpoint, parseNote } from '@holdfast/core';
import {
  type CosignedEvent,
  encodeEvent,
  type FeedEvent,
  isCosigned,
  linkSignal,
  rejectOnAbort,
} from '@holdfast/verifier';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Network } from '../../ports/network.ts';

export type FeedBounds = {
  /** A comment is sent this often, so that both sides learn of a connection that is gone. */
  readonly heartbeatMs: number;
  /** How long a follower may take to read what was sent before it is let go. */
  readonly drainTimeoutMs: number;
};

export const DEFAULT_FEED_BOUNDS: FeedBounds = { heartbeatMs: 15_000, drainTimeoutMs: 30_000 };

export type FeedRoutePorts = {
  readonly network: Pick<Network, 'stream'>;
  readonly bounds: FeedBounds;
};

const HEARTBEAT = encodeUtf8(': heartbeat\n\n');
const querySchema = z.object({ from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional() });

/**
 * Epochs as server-sent events. The id of each is the size of the log with it, so a browser that lost the connection
 * resumes by `Last-Event-ID`. How many may listen is the network's bound (`feed.full`).
 */
export function feedRoute(app: FastifyInstance, ports: FeedRoutePorts): void {
  const closing = new AbortController();
  const frames = new WeakMap<FeedEvent | CosignedEvent, Uint8Array>();
  app.addHook('preClose', async () => {
    closing.abort(new CodedError('feed.closed', 'This server is shutting down.'));
  });

  /** Written once for all who listen. */
  function frameOf(event: FeedEvent | CosignedEvent): Uint8Array {
    const known = frames.get(event);
    if (known !== undefined) return known;
    const frame = isCosigned(event) ? encodeEvent('cosigned', JSON.stringify(event)) : epochFrame(event);
    frames.set(event, frame);
    return frame;
  }

  app.get('/feed', { schema: { querystring: querySchema } }, async (request, reply) => {
    const { from = 0 } = request.query as z.infer<typeof querySchema>;
    const { controller, release } = linkSignal(closing.signal);
    // A browser that resumes repeats the first address: what it has seen last is in the header.
    const events = ports.network.stream(lastEventId(request.headers['last-event-id']) ?? from, controller.signal);
    const { raw } = begin(reply);
    raw.on('close', () => controller.abort());
    raw.on('error', () => controller.abort());
    const connection = { raw, controller, bounds: ports.bounds };
    const heart = startHeart(connection);
    try {
      for await (const event of events) await write(connection, frameOf(event));
    } catch (error) {
      const code = isCodedError(error) ? error.code : 'feed.closed';
      if (!raw.destroyed) raw.write(encodeEvent('end', JSON.stringify({ code })));
    } finally {
      controller.abort();
      release();
      clearInterval(heart);
      // What waits for one who does not read would wait for ever.
      if (raw.writableNeedDrain) raw.destroy();
      else raw.end();
    }
  });
}

function epochFrame(event: FeedEvent): Uint8Array {
  const { size } = parseCheckpoint(parseNote(event.checkpoint).text);
  const { isResync, ...told } = event;
  return encodeEvent(isResync === true ? 'resync' : 'epoch', JSON.stringify(told), String(size));
}

function lastEventId(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^[0-9]{1,15}$/.test(header)) return undefined;
  return Number(header);
}

function begin(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // A proxy that waits for more before it passes on would be a stall.
    'x-accel-buffering': 'no',
  });
  reply.raw.write('retry: 1000\n\n');
  return reply;
}

type Connection = {
  readonly raw: ServerResponse;
  readonly controller: AbortController;
  readonly bounds: FeedBounds;
};

/** Waits until the follower has room again: of what comes meanwhile one event waits, which says that there was more. */
async function write({ raw, controller, bounds }: Connection, bytes: Uint8Array): Promise<void> {
  if (raw.write(bytes)) return;
  const slow = new CodedError('feed.slow', 'This follower did not keep up with the feed.');
  const late = setTimeout(() => controller.abort(slow), bounds.drainTimeoutMs);
  try {
    const drained = new Promise<void>((resolve) => raw.once('drain', resolve));
    await Promise.race([drained, rejectOnAbort(controller.signal)]);
  } finally {
    clearTimeout(late);
  }
}

function startHeart({ raw, bounds }: Connection): NodeJS.Timeout {
  return setInterval(() => {
    // One that does not read gets no heartbeats piled up for it.
    if (!raw.writableNeedDrain) raw.write(HEARTBEAT);
  }, bounds.heartbeatMs);
}
