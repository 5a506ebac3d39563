import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeVkey } from '@holdfast/core';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { createOtlpReceiver } from '../../test/otlp-receiver.ts';
import { startTestNetwork } from '../../test/test-network.ts';
import { createSmallLog } from '../../test/witness-world.ts';
import { networkRoutes } from '../http/network/network-routes.ts';
import { createHttpServer } from '../http/server.ts';
import { startWitness, type WitnessStart } from './start-witness.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function createStart(changes: Partial<WitnessStart> = {}): Promise<WitnessStart> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'holdfast-witness-'));
  ending.push(() => rm(dataFolder, { recursive: true }));
  const logger = pino({ level: 'silent' });
  return { port: 0, dataFolder, logs: [], networks: [], logger, report: () => undefined, ...changes };
}

async function begin(start: WitnessStart) {
  const running = await startWitness(start);
  ending.push(async () => running[Symbol.asyncDispose]());
  const ask = async (path: string, init?: RequestInit) => fetch(`${running.url}${path}`, init);
  return { ...running, ask };
}

it('keeps its key and its name, and is not started under another one', async () => {
  const start = await createStart({ name: 'witness.example/w1' });
  const { vkey } = await begin(start);
  const again = await begin({ ...start, port: 0 });
  expect(again.vkey).toBe(vkey);
  await expect(startWitness({ ...start, name: 'witness.example/w2' })).rejects.toMatchObject({
    code: 'data.other-name',
  });
});

it('looks at a log that it is told the key of, and says that it is ready', async () => {
  const log = createSmallLog('log.example/a');
  const { ask } = await begin(await createStart({ logs: [encodeVkey(log.vkey)] }));
  expect((await ask('/readyz')).status).toBe(200);
  expect((await ask('/add-checkpoint', { method: 'POST', body: log.ask(0, 3) })).status).toBe(200);
  expect((await begin(await createStart()).then(({ ask: other }) => other('/readyz'))).status).toBe(503);
});

it('reads the key of a log from the genesis of a network, and keeps it for when that does not answer', async () => {
  const { role } = await startTestNetwork();
  const app = await createHttpServer(false);
  networkRoutes(app, { network: role });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const start = await createStart({ networks: [url] });
  const said: string[] = [];
  const learned = new Promise<void>((resolve) => {
    const report = (words: string) => {
      said.push(words);
      if (words.startsWith('looking at')) resolve();
    };
    begin({ ...start, report }).catch(() => undefined);
  });
  await learned;
  expect(said.at(-1)).toContain('log.example/test');
  await app.close();
  const { ask } = await begin(start);
  expect(await (await ask('/')).json()).toMatchObject({ logs: [{ origin: 'log.example/test' }] });
});

it('tells what it does in numbers, for whoever has the key in its folder and nobody else', async () => {
  const log = createSmallLog('log.example/a');
  const start = await createStart({ logs: [encodeVkey(log.vkey)] });
  const { ask } = await begin(start);
  await ask('/add-checkpoint', { method: 'POST', body: log.ask(0, 3) });
  await ask('/add-checkpoint', { method: 'POST', body: 'nonsense' });
  expect((await ask('/metrics')).status).toBe(401);
  const key = (await readFile(join(start.dataFolder, 'keys', 'metrics'), 'utf8')).trim();
  const numbers = await (await ask('/metrics', { headers: { authorization: `Bearer ${key}` } })).text();
  expect(numbers).toContain('holdfast_checkpoint_cosigned_total 1\n');
  expect(numbers).toMatch(/holdfast_checkpoint_refused_total\{why="bad-request"\} 1\n/);
  expect(numbers).toContain('holdfast_witness_log_size{log="log.example/a"} 3\n');
});

it('counts by the address that a named proxy says, and by the connection where nobody is named', async () => {
  const from = (ask: Awaited<ReturnType<typeof begin>>['ask'], address: string) => {
    const sent = { method: 'POST', body: 'nonsense', headers: { 'x-forwarded-for': address } };
    return ask('/add-checkpoint', sent).then(({ status }) => status);
  };
  const statusAfterMany = async (start: Partial<WitnessStart>) => {
    const { ask } = await begin(await createStart({ ...start, rate: { perSecond: 0.001, burst: 2 } }));
    const many = [await from(ask, '192.0.2.1'), await from(ask, '192.0.2.1'), await from(ask, '192.0.2.1')];
    expect(many).toEqual([400, 400, 429]);
    return from(ask, '192.0.2.2');
  };
  expect(await statusAfterMany({ proxies: ['127.0.0.1'] })).toBe(400);
  expect(await statusAfterMany({})).toBe(429);
});

it('tells an OTLP receiver what it cosigned, how far, and nothing of who asked', async () => {
  const receiver = await createOtlpReceiver();
  ending.push(async () => receiver[Symbol.asyncDispose]());
  const log = createSmallLog('log.example/a');
  const start = await createStart({ logs: [encodeVkey(log.vkey)], otlpUrl: receiver.url, proxies: ['127.0.0.1'] });
  const running = await startWitness(start);
  const headers = { 'x-forwarded-for': '192.0.2.77' };
  await fetch(`${running.url}/add-checkpoint`, { method: 'POST', body: log.ask(0, 3), headers });
  await running[Symbol.asyncDispose]();
  expect(receiver.faults).toEqual([]);
  expect(receiver.spans().flatMap(({ events = [] }) => events.map(({ name }) => name))).toContain(
    'checkpoint.cosigned',
  );
  expect(receiver.records()).toContainEqual(expect.objectContaining({ eventName: 'checkpoint.cosigned' }));
  const size = receiver.metrics().find(({ name }) => name === 'holdfast_witness_log_size');
  expect(size).toMatchObject({ gauge: { points: [{ number: 3 }] } });
  expect(JSON.stringify([receiver.spans(), receiver.records(), receiver.metrics()])).not.toContain('192.0.2.77');
});
