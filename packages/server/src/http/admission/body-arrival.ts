import { Readable } from 'node:stream';
import { CodedError } from '@holdfast/core';

export type ArrivalBounds = {
  /** Bodies that may be on their way at once; one more and the one that began first is given up. */
  readonly maxArriving: number;
  /** How long a body may take. */
  readonly bodyTimeoutMs: number;
};

/** A body as it was received: `receivedEncodedLength` is how Fastify is told its length. */
export type ReceivedBody = Readable & { receivedEncodedLength: number; readonly bytes: Buffer };

export type Received = (error: CodedError | undefined, body?: ReceivedBody) => void;

export interface BodyArrivals {
  /**
   * Reads a body without looking at it: while it comes it holds no place. Told by a call and not by a promise, as every
   * request waits for it. Fails with `request.slow` or `request.too-large`.
   */
  receive(source: Readable, maxBytes: number, now: number, received: Received): void;
  /** Gives up those that take too long. */
  sweep(now: number): void;
  readonly count: () => number;
}

type Arrival = { readonly since: number; readonly giveUp: () => void };

/** The bodies on their way: whoever sends a byte a second keeps nobody out, and is told no. */
export function createBodyArrivals({ maxArriving, bodyTimeoutMs }: ArrivalBounds): BodyArrivals {
  /** In the order in which they began. */
  const arriving = new Set<Arrival>();

  return {
    receive(source, maxBytes, now, received) {
      const [first] = arriving;
      if (arriving.size >= maxArriving) first?.giveUp();
      const chunks: Buffer[] = [];
      let length = 0;
      const end = () => {
        arriving.delete(arrival);
        source.off('data', take).off('end', whole).off('close', gone).off('error', gone);
      };
      const refuse = (error: CodedError) => {
        end();
        source.resume();
        received(error);
      };
      const take = (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) refuse(tooLarge(maxBytes));
      };
      const whole = () => {
        end();
        received(undefined, bodyOf(chunks, length));
      };
      const gone = () => refuse(slow());
      const arrival: Arrival = { since: now, giveUp: gone };
      arriving.add(arrival);
      source.on('data', take).on('end', whole).on('close', gone).on('error', gone);
    },
    sweep(now) {
      for (const arrival of arriving) {
        if (now - arrival.since < bodyTimeoutMs) return;
        arrival.giveUp();
      }
    },
    count: () => arriving.size,
  };
}

/** A stream only for whoever reads it as one: the bytes of those who do not are never put through it. */
function bodyOf(chunks: readonly Buffer[], length: number): ReceivedBody {
  const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
  const body = new Readable({
    read() {
      this.push(bytes);
      this.push(null);
    },
  });
  return Object.assign(body, { bytes, receivedEncodedLength: length });
}

export function isReceived(body: Readable): body is ReceivedBody {
  return 'receivedEncodedLength' in body && 'bytes' in body;
}

function slow(): CodedError {
  return new CodedError('request.slow', 'The body of this request took too long to arrive.');
}

export function tooLarge(maxBytes: number): CodedError {
  return new CodedError('request.too-large', `A body here has at most ${maxBytes} bytes.`);
}
