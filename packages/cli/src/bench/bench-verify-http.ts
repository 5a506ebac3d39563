import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createHttpServer,
  createMemorySealer,
  createMemorySigner,
  createPresentationStoreMemory,
  createStandingStoreMemory,
  createVerdictStoreMemory,
  createVerifierRole,
  verifierRoutes,
} from '@holdfast/server';
import { createPlatformClock, type Verifier } from '@holdfast/verifier';
import { atMost, createFigure, type Figure, measure } from './figure.ts';
import { AUDIENCE, NONCE, type Subject } from './presentations.ts';

const KEY = 'verdict';

/**
 * What asking over HTTP costs beyond the verification: the request and its schema, the verdict's signature, sealing what
 * replay needs, keeping it (in memory here: what a database costs is the ledger's and the log's figure).
 */
export async function benchVerifyHttp({ presentations }: Subject, verifier: Verifier): Promise<Figure> {
  const app = await createHttpServer(false);
  const signer = createMemorySigner();
  const key = await signer.create(KEY, 'ES256');
  const role = createVerifierRole({
    config: {
      ...{ id: 'north', name: 'North', origin: 'http://localhost' },
      keys: { verdict: { name: KEY, key }, request: { name: KEY, x5c: ['none'] } },
    },
    ...{ clock: createPlatformClock(), entropy: { bytes: randomBytes }, verifier, signer },
    ...{ store: createVerdictStoreMemory(), standings: createStandingStoreMemory() },
    ...{ presentations: createPresentationStoreMemory(), sealer: createMemorySealer(randomBytes(32)) },
  });
  verifierRoutes(app, { verifiers: [role], operators: { admin: [] } });
  app.post('/echo', async ({ body }) => body);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bodyOf = (i: number) =>
    JSON.stringify({ presentation: presentations[i % presentations.length], nonce: NONCE, audience: AUDIENCE });
  const view = { class: 'view', freshness: { mode: 'any' }, nonce: NONCE, audience: AUDIENCE } as const;
  try {
    const first = JSON.parse(await post(agent, port, '/verify', bodyOf(0))) as { verdict?: { outcome?: string } };
    if (first.verdict?.outcome !== 'valid') throw new Error('The bench credential is not valid over HTTP.');
    const { us } = await measure([
      { name: 'http', work: (i) => post(agent, port, '/verify', bodyOf(i)) },
      { name: 'library', work: (i) => verifier.verify(presentations[i % presentations.length] ?? '', view) },
      { name: 'echo', work: (i) => post(agent, port, '/echo', bodyOf(i)) },
    ]);
    const [http = 0, library = 0, echo = 0] = us;
    return createFigure('the same through POST /verify, signed and kept', 'us', atMost(2), {
      ours: http,
      name: 'a verification by the library and an echo of the same request',
      other: library + echo,
    });
  } finally {
    agent.destroy();
    await app.close();
  }
}

async function post(agent: Agent, port: number, path: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const asked = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
