import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Field, MESSAGES, type MessageName } from './otlp-fields.ts';

type Message = Readonly<Record<string, unknown>>;

export type ReceivedSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes?: readonly KeyValue[];
};
export type KeyValue = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };

/** What an OTLP receiver does with a request: takes it, or something else. */
export type Reception = (response: ServerResponse) => void;

/** A real receiver of OTLP over HTTP with protobuf: it decodes what comes by the published numbers, and refuses what has none. */
export type OtlpReceiver = AsyncDisposable & {
  readonly url: string;
  readonly spans: () => readonly ReceivedSpan[];
  readonly records: () => readonly Message[];
  readonly metrics: () => readonly (Message & { readonly name: string })[];
  /** Everything that came, decoded, as one text. */
  readonly text: () => string;
  /** What could not be decoded. */
  readonly faults: readonly string[];
  readonly requests: () => number;
};

const ROOTS: Readonly<Record<string, MessageName>> = {
  '/v1/traces': 'Traces',
  '/v1/metrics': 'Metrics',
  '/v1/logs': 'Logs',
};

export async function createOtlpReceiver(
  receive: Reception = (response) => void response.end(),
): Promise<OtlpReceiver> {
  const received: { readonly root: MessageName; readonly message: Message }[] = [];
  const faults: string[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests += 1;
      const root = ROOTS[request.url ?? ''];
      try {
        if (root === undefined) throw new Error(`nothing is received at ${request.url}`);
        received.push({ root, message: decode(root, Buffer.concat(chunks)) });
      } catch (error) {
        faults.push(String(error));
      }
      receive(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const all = (root: MessageName, ...path: readonly string[]) =>
    path.reduce<readonly Message[]>(
      (messages, name) => messages.flatMap((message) => (message[name] as readonly Message[] | undefined) ?? []),
      received.filter((one) => one.root === root).map(({ message }) => message),
    );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => all('Traces', 'resourceSpans', 'scopeSpans', 'spans') as unknown as readonly ReceivedSpan[],
    records: () => all('Logs', 'resourceLogs', 'scopeLogs', 'records'),
    metrics: () =>
      all('Metrics', 'resourceMetrics', 'scopeMetrics', 'metrics') as readonly (Message & { readonly name: string })[],
    text: () => JSON.stringify(received),
    faults,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Wire types of protobuf: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes. */
function decode(name: MessageName, bytes: Buffer): Message {
  const fields: Readonly<Record<string, Field>> = MESSAGES[name] as never;
  const message: Record<string, unknown> = {};
  let at = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = varint(bytes, at);
    const field = fields[String(tag >> 3n)];
    if (field === undefined) throw new Error(`${name} has no field ${tag >> 3n}`);
    const [raw, next] = take(bytes, afterTag, Number(tag & 7n));
    const value = numberOf(field, raw);
    const before = (message[field.name] as unknown[] | undefined) ?? [];
    message[field.name] = field.many ? [...before, value] : value;
    at = next;
  }
  return message;
}

function take(bytes: Buffer, at: number, wire: number): readonly [bigint | Buffer, number] {
  if (wire === 0) return varint(bytes, at);
  if (wire === 1) return [bytes.subarray(at, at + 8), at + 8];
  if (wire === 5) return [bytes.subarray(at, at + 4), at + 4];
  if (wire !== 2) throw new Error(`wire type ${wire} is not used by OTLP`);
  const [length, from] = varint(bytes, at);
  const to = from + Number(length);
  if (to > bytes.length) throw new Error('a field ends beyond its message');
  return [bytes.subarray(from, to), to];
}

function varint(bytes: Buffer, from: number): readonly [bigint, number] {
  let value = 0n;
  for (let at = from, shift = 0n; at < bytes.length; at += 1, shift += 7n) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
  throw new Error('a number ends beyond its message');
}

function numberOf({ as }: Field, raw: bigint | Buffer): unknown {
  if (typeof raw === 'bigint') return Number(BigInt.asIntN(64, raw));
  switch (as) {
    case 'text':
      return raw.toString('utf8');
    case 'hex':
      return raw.toString('hex');
    case 'double':
      return raw.readDoubleLE();
    case 'nanos':
      return Number(raw.readBigInt64LE());
    case 'fixed32':
      return raw.readUInt32LE();
    case 'fixed64s':
      return Array.from({ length: raw.length / 8 }, (_, i) => Number(raw.readBigUInt64LE(8 * i)));
    case 'doubles':
      return Array.from({ length: raw.length / 8 }, (_, i) => raw.readDoubleLE(8 * i));
    default:
      return decode(as as MessageName, raw);
  }
}
