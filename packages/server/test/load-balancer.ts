import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LoadBalancer = AsyncDisposable & {
  readonly url: string;
  /** Where requests of a kind go, in turn; a process that refuses a connection is answered for by 502, as plain ones do. */
  readonly set: (route: string, backends: readonly string[]) => void;
};

/** Which role answers a path, as a proxy in front of a network is told. */
export function routeOf(path: string): string {
  const routes: readonly (readonly [RegExp, string])[] = [
    [/^\/(?:log|feed|trust\/issuers)\b/, 'network'],
    [/^\/(?:rulebook|decisions|cases|incidents|parties|accreditations)\b/, 'governor'],
    [/^\/ledger\b/, 'ledger'],
    [/^\/(?:programs|applications|settlement)\b/, 'distributor'],
    [/^\/(?:vp?\/|verify|presentations|trust\/matrix|trust\/fraud|fraud-proofs)/, 'verifier'],
  ];
  return routes.find(([pattern]) => pattern.test(path))?.[1] ?? 'issuer';
}

/** A plain load balancer: round robin by the role in the path, no health checks, no retries of its own. */
export async function startLoadBalancer(): Promise<LoadBalancer> {
  const backends = new Map<string, readonly string[]>();
  let next = 0;

  function pass(from: IncomingMessage, to: ServerResponse): void {
    const targets = backends.get(routeOf(from.url ?? '/')) ?? [];
    next += 1;
    const target = targets[next % Math.max(1, targets.length)];
    const fail = () => {
      if (!to.headersSent) to.writeHead(502, { 'retry-after': '1' });
      to.end();
    };
    if (target === undefined) {
      fail();
      return;
    }
    const asked = request(`${target}${from.url}`, { method: from.method, headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
      answer.on('error', fail);
    });
    asked.on('error', fail);
    to.on('close', () => asked.destroy());
    from.pipe(asked);
  }

  const server = createServer(pass).listen(0, '127.0.0.1');
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
