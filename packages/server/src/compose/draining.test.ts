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
  return { status: answer.statusCode, connection: answer.headers.connection, body: parseJsonObject(text) };
}

it('answers who is inside while it stops, and gives nobody a connection any more: also not one that was kept', async () => {
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
  expect(await ask(port, '/quick', kept)).toMatchObject({ status: 200, connection: 'keep-alive' });
  const inside = ask(port, '/slow', new Agent({ keepAlive: true }));
  await isInside;
  const closed = app.close();
  await expect.poll(() => app.server.listening).toBe(false);
  await expect(ask(port, '/quick', new Agent())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(ask(port, '/quick', kept)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  letGo();
  expect(await inside).toMatchObject({ status: 200, connection: 'close', body: { done: true } });
  await closed;
});
