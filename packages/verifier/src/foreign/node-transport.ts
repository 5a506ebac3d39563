/// <reference types="node" />
import { lookup as dnsLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { CodedError } from '@holdfast/core';
import type { Lookup, Transport, TransportRequest } from './guarded-fetch.ts';
import { hostOf } from './outside-url.ts';

/** Names that nobody can ever own (RFC 2606 section 2): asking for them only tells others what we were shown. */
const NEVER_THERE = /\.(example|invalid)$/;

/** Every address the system's resolver gives, in its order. */
export const nodeLookup: Lookup = async (host) => {
  if (NEVER_THERE.test(host)) return [];
  const found = await dnsLookup(host, { all: true });
  return found.map(({ address }) => address);
};

/**
 * The transport of servers: one fresh connection to exactly the judged address, the certificate checked against the
 * host name. `ca`: certificates in PEM to trust instead of the platform's.
 */
export function createNodeTransport(options: { readonly ca?: string } = {}): Transport {
  return async (request) => {
    const message = await exchange(request, options.ca);
    return {
      status: message.statusCode ?? 0,
      header: (name) => {
        const value = message.headers[name];
        return typeof value === 'string' ? value : undefined;
      },
      body: decode(message),
      close: () => void message.destroy(),
    };
  };
}

function exchange(request: TransportRequest, ca: string | undefined): Promise<IncomingMessage> {
  const { url, headers, signal, connectMs } = request;
  return new Promise((resolve, reject) => {
    const settings: RequestOptions = {
      // No agent: a pooled connection could have been opened to another address.
      agent: false,
      host: hostOf(url),
      port: url.port,
      path: url.pathname + url.search,
      method: request.body === undefined ? 'GET' : 'POST',
      headers: { ...headers, host: url.host, 'accept-encoding': 'gzip', ...lengthOf(request.body) },
      signal,
      lookup: pinnedTo(request.address),
      ...(ca === undefined ? {} : { ca }),
    };
    const outgoing = url.protocol === 'https:' ? httpsRequest(settings) : httpRequest(settings);
    const timer = setTimeout(() => {
      outgoing.destroy(new CodedError('fetch.timeout', 'The connection was not made in time.', { connectMs }));
    }, connectMs);
    outgoing.once('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('response', resolve);
    outgoing.once('error', (cause) => reject(signal.aborted ? signal.reason : explain(cause)));
    outgoing.end(request.body);
  });
}

function lengthOf(body: Uint8Array | undefined): Readonly<Record<string, string>> {
  return body === undefined ? {} : { 'content-length': String(body.length) };
}

/** The DNS is not asked a second time: what was judged is what is connected to. */
function pinnedTo(address: string | undefined): NonNullable<RequestOptions['lookup']> {
  return (host, options, callback) => {
    const family = isIP(address ?? '');
    if (address === undefined || family === 0) {
      callback(new Error(`no address was judged for ${host}`), '', 0);
    } else if (options.all === true) {
      callback(null, [{ address, family }]);
    } else {
      callback(null, address, family);
    }
  };
}

function explain(cause: Error): Error {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return /CERT|TLS|SSL|SIGNED|VERIFY|EPROTO/.test(code)
    ? new CodedError(
        'fetch.tls',
        'The other side could not prove its name by its certificate.',
        { reason: code },
        cause,
      )
    : cause;
}

/** Decompresses while reading: whoever bounds what comes out stops the bomb after one more block. */
function decode(message: IncomingMessage): Readable {
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return message;
  const decoder =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'br'
          ? createBrotliDecompress()
          : undefined;
  if (decoder === undefined) {
    message.destroy();
    throw new CodedError('fetch.encoding', 'The answer is compressed in a way that was not asked for.', { encoding });
  }
  // An error on either side ends the other; the reader of `decoder` sees it.
  return pipeline(message, decoder, () => {});
}
