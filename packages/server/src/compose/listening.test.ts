import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { reservePort } from './listening.ts';

test('a port that is chosen is one that no connection going out takes meanwhile, and it is free', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => reservePort(0)));
  expect(ports.filter((port) => port < 20_000 || port > 32_767)).toEqual([]);
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  expect((server.address() as AddressInfo).port).toBe(ports[0]);
  await expect(reservePort(ports[0] ?? 0)).rejects.toMatchObject({ code: 'port.taken' });
  server.close();
  expect(await reservePort(ports[0] ?? 0)).toBe(ports[0]);
});
