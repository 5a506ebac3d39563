import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A real server on 127.0.0.1 that answers by path, for tests that fetch. */
export type LoopbackServer = AsyncDisposable & {
  readonly origin: string;
  readonly port: number;
  /** Requests received, oldest first. */
  readonly requests: IncomingMessage[];
  on(path: string, answer: (response: ServerResponse, request: IncomingMessage) => void): void;
};

export async function startServer(tls?: { readonly key: string; readonly cert: string }): Promise<LoopbackServer> {
  const answers = new Map<string, (response: ServerResponse, request: IncomingMessage) => void>();
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    const answer = answers.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, request);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    port,
    requests,
    on: (path, answer) => void answers.set(path, answer),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Answers 200 with this body. */
export function send(
  body: string | Uint8Array,
  contentType = 'application/json',
  headers: Record<string, string> = {},
) {
  return (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': contentType, ...headers }).end(body);
}

export function redirect(location: string, status = 302) {
  return (response: ServerResponse) => void response.writeHead(status, { location }).end();
}
