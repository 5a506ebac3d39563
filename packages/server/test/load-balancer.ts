import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LoadBalancer = AsyncDisposable & {
  readonly url: string;
  /** Where requests of a kind go, in turn. */
  readonly set: (route: string, backends: readonly string[]) => void;
};

/** Which role answers a path, as a proxy in front of a network is told. */
export function routeOf(path: string): string {
  const routes: readonly (readonly [RegExp, string])[] = [
    [/^\/(?:log|feed|trqp|trust\/issuers)\b/, 'network'],
    [/^\/(?:rulebook|decisions|cases|incidents|parties|accreditations)\b/, 'governor'],
    [/^\/(?:erasing\/(?:governor|cases)|(?:facts|matters)\/governor)\b/, 'governor'],
    [/^\/(?:erasures)\b/, 'eraser'],
    [/^\/(?:erasing|facts|matters)\/distributor\b/, 'distributor'],
    [/^\/(?:facts|handles)\/governor\b/, 'governor'],
    [/^\/handles\/issuer\b/, 'issuer'],
    [/^\/facts\/network\b/, 'network'],
    [/^\/facts\/ledger\b/, 'ledger'],
    [/^\/facts\/eraser\b/, 'eraser'],
    [/^\/(?:overview|trace|handoffs|handles|me|person\.css|status-page)\b/, 'pages'],
    [/^\/(?:console|operator-keys|load|check|wallet|clerk)\b/, 'pages'],
    [/^\/(?:\?.*|icon\.svg)?$/, 'pages'],
    [/^\/ledger\b/, 'ledger'],
    [/^\/(?:programs|applications|settlement)\b/, 'distributor'],
    [/^\/(?:vp?\/|verify|presentations|trust\/matrix|trust\/fraud|fraud-proofs)/, 'verifier'],
  ];
  return routes.find(([pattern]) => pattern.test(path))?.[1] ?? 'issuer';
}

/** A plain load balancer: round robin by the role in the path, no health checks. */
export async function startLoadBalancer(): Promise<LoadBalancer> {
  const backends = new Map<string, readonly string[]>();
  let next = 0;

  async function pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of from) chunks.push(chunk as Buffer);
    const targets = backends.get(routeOf(from.url ?? '/')) ?? [];
    // Its own turn: others come while one is refused.
    const turn = next;
    next += 1;
    // A process that takes no connection was told nothing: the next one is, as nginx and HAProxy do by themselves.
    for (let i = 0; i < targets.length; i += 1) {
      if (await send(targets[(turn + i) % targets.length] ?? '', from, Buffer.concat(chunks), to)) return;
    }
    if (!to.headersSent) to.writeHead(502, { 'retry-after': '1' });
    to.end('nobody takes a connection');
  }

  /** Whether somebody took the request, however it ended. */
  function send(target: string, from: IncomingMessage, body: Buffer, to: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request(`${target}${from.url}`, { method: from.method, headers: from.headers }, (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
        answer.on('error', () => to.destroy());
        resolve(true);
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') return resolve(false);
        if (!to.headersSent) to.writeHead(502, { 'retry-after': '1' });
        // Said, so that a test that fails tells why.
        to.end(error.code);
        resolve(true);
      });
      to.on('close', () => asked.destroy());
      asked.end(body);
    });
  }

  const server = createServer((from, to) => void pass(from, to).catch(() => to.destroy())).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (route, urls) => backends.set(route, urls),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
