import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Relay } from './relay.ts';

const target = createServer((_request, response) => response.end('through'));
let relay: Relay;
let url: string;

beforeAll(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const address = target.address();
  relay = new Relay({ host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 });
  url = `http://127.0.0.1:${await relay.listen()}/`;
});

afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  target.closeAllConnections();
  target.close();
});

async function ask(): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

test('bytes pass while it is open', async () => {
  expect(await ask()).toBe('through');
});

test('a cut refuses new connections, and opening it again lets them through', async () => {
  relay.cut();
  await expect(ask()).rejects.toThrow();
  relay.open();
  expect(await ask()).toBe('through');
});

test('a cut ends what is under way', async () => {
  let finish = () => {};
  target.removeAllListeners('request');
  target.on('request', (_request, response) => {
    response.writeHead(200);
    response.write('half');
    finish = () => response.end('whole');
  });
  const response = await fetch(url);
  relay.cut();
  finish();
  await expect(response.text()).rejects.toThrow();
});

test('a target that is not there ends the connection instead of leaving it open', async () => {
  const nowhere = new Relay({ host: '127.0.0.1', port: 1 });
  const port = await nowhere.listen();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  await nowhere[Symbol.asyncDispose]();
});
