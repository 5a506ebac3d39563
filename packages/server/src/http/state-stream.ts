import { CodedError, encodeUtf8, isCodedError } from '@holdfast/core';
import { encodeEvent } from '@holdfast/verifier';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Something that comes to an end, told as it changes. */
export type StateSource = {
  readonly read: () => Promise<object>;
  readonly isFinal: (state: object) => boolean;
  /** How often it is looked at, in milliseconds; default a second. */
  readonly everyMs?: number;
};

/** Sends one state after the other as server-sent events, the first at once, and ends with the last one. */
export type StreamStates = (reply: FastifyReply, source: StateSource) => Promise<void>;

const EVERY_MS = 1000;
const HEARTBEAT_MS = 10_000;
/** A browser comes back by itself, and is told the state it finds then. */
const LONGEST_MS = 600_000;
const MAX_STREAMS = 1000;
const HEARTBEAT = encodeUtf8(': heartbeat\n\n');

/**
 * Streams of this server, at most 1,000 at once (`events.full`): each looks once in a while, and whoever does not read what was
 * sent is let go, because nothing is queued for anybody.
 */
export function createStateStreams(app: FastifyInstance): StreamStates {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  let open = 0;

  return async (reply, { read, isFinal, everyMs = EVERY_MS }) => {
    if (open >= MAX_STREAMS) throw new CodedError('events.full', 'As many listen here as can be served.');
    // What is wrong with the question is a problem document, before anything is streamed.
    let state = await read();
    const { raw } = begin(reply);
    open += 1;
    try {
      let told = '';
      const startedMs = performance.now();
      let heartMs = startedMs;
      while (!raw.destroyed && !closing.signal.aborted && performance.now() - startedMs < LONGEST_MS) {
        const text = JSON.stringify(state);
        if (text !== told) raw.write(encodeEvent('state', text));
        told = text;
        if (isFinal(state) || raw.writableNeedDrain) break;
        await pause(everyMs, closing.signal);
        if (performance.now() - heartMs >= HEARTBEAT_MS) {
          raw.write(HEARTBEAT);
          heartMs = performance.now();
        }
        state = await read();
      }
    } catch (error) {
      if (!raw.destroyed)
        raw.write(encodeEvent('end', JSON.stringify({ code: isCodedError(error) ? error.code : 'internal' })));
    } finally {
      open -= 1;
      if (raw.writableNeedDrain) raw.destroy();
      else raw.end();
    }
  };
}

function begin(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.on('error', () => undefined);
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // A proxy that waits for more before it passes on would be a stall.
    'x-accel-buffering': 'no',
  });
  return reply;
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener('abort', end, { once: true });
  });
}
