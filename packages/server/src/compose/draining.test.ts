import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { parseJsonObject } from '@holdfast/core';
import { expect, it } from 'vitest';
import { createHttpServer } from '../http/server.ts';
import { drainOnClose } from './draining.ts';

async function ask(port: number, path: string, agent: Agent) {
  const [answer] = (await once(get({ port, path, agent }), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, body: parseJsonObject(text) };
}

it('answers who is inside while it stops, and tells who comes then, in words, that nothing was done', async () => {
  const app = await createHttpServer(false);
  drainOnClose(app);
  let letGo = () => {};
  const isInside = new Promise<void>((resolve) => {
    app.get('/slow', async () => {
      resolve();
      await new Promise<void>((end) => {
        letGo = end;
      });
      return { done: true };
    });
  });
  app.get('/quick', async () => ({ done: true }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  const kept = new Agent({ keepAlive: true });
  expect((await ask(port, '/quick', kept)).status).toBe(200);
  const inside = ask(port, '/slow', new Agent());
  await isInside;
  const closed = app.close();
  for (const agent of [kept, new Agent()]) {
    const refused = await ask(port, '/quick', agent);
    expect(refused).toMatchObject({
      status: 503,
      headers: {
        connection: 'close',
        'cache-control': 'no-store',
        'content-type': expect.stringContaining('problem+json'),
      },
      body: { code: 'request.stopping', retry: 'later' },
    });
    // Somebody else may answer at once.
    expect(refused.headers['retry-after']).toBeUndefined();
  }
  letGo();
  expect(await inside).toMatchObject({ status: 200, body: { done: true } });
  await closed;
});
