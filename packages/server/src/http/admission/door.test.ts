import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { ADMISSION_CLASSES, type AdmissionTerms, encodeUtf8 } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { type Door, type DoorOptions, openDoor } from './door.ts';

const KEY = 'operator-key-of-this-test';
const HOUR_MS = 3_600_000;
const json = { 'content-type': 'application/json' };

/** Two of each class at once, and two that may wait: small enough to be filled by hand. */
const TERMS: AdmissionTerms = {
  total: 10,
  classes: Object.fromEntries(
    ADMISSION_CLASSES.map((name) => [
      name,
      {
        reserved: 2,
        least: 2,
        most: 2,
        quickMs: 20,
        maxQueued: 2,
        patienceMs: 60_000,
        lateMs: 50_000,
        spreadMs: 16_000,
      },
    ]),
  ) as unknown as AdmissionTerms['classes'],
};

let app: FastifyInstance;
let door: Door;
/** Ends whatever is under way. */
let release: () => void;
let ran: string[];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  release();
  await app.close();
});

async function open(options: Partial<DoorOptions> = {}): Promise<number> {
  let waiting: (() => void)[] = [];
  ran = [];
  release = () => {
    for (const end of waiting) end();
    waiting = [];
  };
  app = await createHttpServer(false);
  door = openDoor(app, {
    ...{ clock: createPlatformClock(), operators: { admin: [hashOperatorKey(KEY)] } },
    ...{ secret: encodeUtf8('a secret of this test'), terms: TERMS, ...options },
  });
  const work = async (name: string) => {
    ran.push(name);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { name, shed: false };
  };
  app.post('/programs/:program/applications', { schema: { body: z.object({ name: z.string() }) } }, async (request) =>
    work((request.body as { name: string }).name),
  );
  app.post('/verify', async (request) => (door.isShed(request) ? { shed: true } : work('verify')));
  app.post('/decisions', async () => work('decide'));
  app.post('/decisions/:id/approvals', { bodyLimit: 4096 }, async () => work('approve'));
  app.get('/look', async () => work('look'));
  app.get('/long', async () => 'x'.repeat(8_000_000));
  app.get('/healthz', async () => 'alive');
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}

const apply = (name: string, headers: Record<string, string> = {}, program = 'relief') =>
  app.inject({ method: 'POST', url: `/programs/${program}/applications`, payload: { name }, headers });

/** Until everything that could happen by itself has. */
async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds).toBe(true);
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

test('who is shed is told so before anything is parsed: by class, with a turn that asking again makes no better', async () => {
  await open();
  const under = ['a', 'b', 'c', 'd'].map((name) => apply(name));
  await until(() => door.read().classes.apply.queued === 2);
  const payload = '{"this is not JSON';
  const ask = (attempt: string) =>
    app.inject({
      ...{ method: 'POST', url: '/programs/relief/applications', payload },
      headers: { ...json, 'idempotency-key': 'ada', 'holdfast-attempt': attempt },
    });
  const first = await ask('0');
  expect(first.statusCode).toBe(503);
  const { code, retry, details } = first.json();
  expect({ code, retry, class: details.class }).toEqual({ code: 'request.shed', retry: 'later', class: 'apply' });
  expect(Date.parse(String(first.headers['retry-after']))).toBeGreaterThanOrEqual(details.notBefore);
  expect((await ask('0')).json().details.notBefore).toBeGreaterThanOrEqual(details.notBefore);
  expect((await ask('2')).json().details.notBefore).toBeGreaterThanOrEqual(details.notBefore);
  release();
  await until(() => ran.length === 4);
  release();
  expect((await Promise.all(under)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
});

test('who is shed is told it in whole, as a problem like any other, and keeps the connection', async () => {
  const port = await open();
  const under = ['a', 'b', 'c', 'd'].map((name) => apply(name));
  await until(() => door.read().classes.apply.queued === 2);
  const refused: string[] = [];
  door.onRefused((name, code) => refused.push(`${name} ${code}`));
  const socket = await dial(port);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const body = JSON.stringify({ name: 'x'.repeat(3000) });
  const head = `POST /programs/relief/applications HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(head + body);
  await until(() => text.includes('notBefore'));
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await until(() => text.endsWith('alive'));
  const [first = '', problem = ''] = text.split('\r\n\r\n');
  expect(first.toLowerCase()).toMatch(/^http\/1.1 503 service unavailable\r\n/);
  for (const header of [
    'content-type: application/problem+json; charset=utf-8',
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'referrer-policy: no-referrer',
    'connection: keep-alive',
  ]) {
    expect(first.toLowerCase().split('\r\n')).toContain(header);
  }
  const length = Number(/content-length: ([0-9]+)/i.exec(first)?.[1]);
  expect(JSON.parse(problem.slice(0, length))).toEqual({
    ...{ type: 'urn:holdfast:problem:request.shed', title: expect.any(String), status: 503, code: 'request.shed' },
    ...{ detail: expect.any(String), person: expect.any(String), retry: 'later', fix: expect.any(String) },
    details: { class: 'apply', cursor: 128, of: 128, notBefore: expect.any(Number) },
  });
  expect(refused).toEqual(['apply request.shed']);
  release();
  await until(() => ran.length === 4);
  release();
  await Promise.all(under);
});

test('one class that is full takes nothing from another, and health needs no place', async () => {
  await open();
  const under = ['a', 'b', 'c', 'd', 'e'].map((name) => apply(name));
  await until(() => door.read().classes.apply.shed.full === 1);
  const looked = app.inject('/look');
  await until(() => ran.includes('look'));
  expect((await app.inject('/healthz')).statusCode).toBe(200);
  release();
  await until(() => ran.length === 5);
  release();
  await Promise.all([...under, looked]);
});

test('before a door closes there is a turn left for whoever is shed', async () => {
  const closesAt = Date.now() + 900;
  await open({ closesAt: (program) => (program === 'relief' ? closesAt : undefined) });
  const under = ['a', 'b', 'c', 'd'].map((name) => apply(name));
  await until(() => door.read().classes.apply.queued === 2);
  for (const handle of ['ada', 'bob', 'cyd']) {
    const { details } = (await apply('x', { 'idempotency-key': handle })).json();
    expect(details.notBefore).toBeLessThan(Math.max(closesAt, Date.now() + 1));
  }
  const elsewhere = (await apply('x', { 'idempotency-key': 'ada' }, 'other')).json();
  expect(elsewhere.details.notBefore).toBeLessThan(Date.now() + HOUR_MS);
  release();
  await until(() => ran.length === 4);
  release();
  await Promise.all(under);
});

test('a verification that is shed is answered from what is here; beyond the bound it is told when its turn is', async () => {
  await open({ bounds: { maxShedVerdicts: 1 } });
  const verify = () => app.inject({ method: 'POST', url: '/verify', payload: {} });
  const under = [verify(), verify(), verify(), verify()];
  await until(() => door.read().classes.verify.queued === 2);
  expect((await verify()).json()).toEqual({ shed: true });
  expect(door.read().shedVerdicts).toEqual({ given: 1, underWay: 0 });
  release();
  await until(() => ran.length === 4);
  release();
  await Promise.all(under);
});

test('a key lifts few requests at once, and a stolen one takes no officer’s place', async () => {
  await open({ bounds: { maxKeyedGovern: 1, maxKeyedSettle: 1 }, isOfficersWord: async (body) => isWord(body) });
  const authorization = `Bearer ${KEY}`;
  const decide = () => app.inject({ method: 'POST', url: '/decisions', payload: {}, headers: { authorization } });
  const under = [decide(), decide(), decide(), decide(), decide(), decide(), decide()];
  await until(() => door.read().classes.observe.shed.full === 1);
  const { classes } = door.read();
  expect([classes.govern.inFlight, classes.settle.inFlight, classes.observe.inFlight]).toEqual([1, 1, 2]);
  const approve = app.inject({ method: 'POST', url: '/decisions/d/approvals', payload: { approval: 'signed' } });
  await until(() => ran.includes('approve'));
  release();
  await until(() => ran.length === 7);
  release();
  await Promise.all([...under, approve]);
});

test('garbage at the door of approvals waits with those who look around, whatever officers send meanwhile', async () => {
  await open({ isOfficersWord: async (body) => isWord(body) });
  const send = (approval: string) =>
    app.inject({ method: 'POST', url: '/decisions/d/approvals', payload: { approval } });
  const garbage = Array.from({ length: 6 }, () => send('garbage'));
  await until(() => door.read().classes.observe.shed.full === 2);
  expect(door.read().classes.govern.admitted).toBe(0);
  const officers = [send('signed'), send('signed')];
  await until(() => door.read().classes.govern.inFlight === 2);
  release();
  await until(() => ran.length === 6);
  release();
  await Promise.all([...garbage, ...officers]);
});

test('a deadline that has passed in the queue is told so, and what was asked is not done', async () => {
  await open();
  const under = [apply('a'), apply('b')];
  await until(() => ran.length === 2);
  const hurried = await apply('hurried', { 'holdfast-deadline-ms': '150' });
  expect(hurried.json()).toMatchObject({ status: 503, code: 'request.too-late', details: { class: 'apply' } });
  expect((await apply('x', { 'holdfast-deadline-ms': '0' })).json()).toMatchObject({ code: 'request.too-late' });
  release();
  await Promise.all(under);
  expect(ran).toEqual(['a', 'b']);
});

test('who sends a byte now and then holds no place, and is told no in the end', async () => {
  const port = await open({ bounds: { bodyTimeoutMs: 300, maxArriving: 3 } });
  const slow = await Promise.all(Array.from({ length: 4 }, () => dial(port)));
  const head =
    'POST /programs/relief/applications HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{';
  const answers = slow.map(async (socket) => {
    socket.write(head);
    const [chunk] = await once(socket, 'data');
    return String(chunk).slice(9, 12);
  });
  await until(() => door.read().arriving === 3);
  const quick = apply('quick');
  await until(() => ran.includes('quick'));
  expect(await Promise.all(answers)).toEqual(['408', '408', '408', '408']);
  release();
  expect((await quick).statusCode).toBe(200);
});

test('a thousand connections that do nothing keep nobody out', async () => {
  const port = await open({ bounds: { maxConnections: 100 } });
  for (let i = 0; i < 1000; i += 100) await Promise.all(Array.from({ length: 100 }, () => dial(port)));
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(answer.status).toBe(200);
  await answer.text();
  const { open: held, max, dropped } = door.read().connections;
  expect(held).toBeLessThanOrEqual(max);
  expect(dropped).toBeGreaterThanOrEqual(900);
});

test('who reads an answer slowly holds no place while it lies there', async () => {
  const port = await open();
  for (let i = 0; i < 5; i += 1) {
    const socket = await dial(port);
    socket.pause();
    socket.write('GET /long HTTP/1.1\r\nhost: x\r\n\r\n');
  }
  await until(() => door.read().classes.observe.admitted === 5);
  expect(door.read().classes.observe.inFlight).toBe(0);
});

test('who has gone while waiting is not served, and who leaves while it is served frees its place', async () => {
  const port = await open();
  const under = [apply('a'), apply('b')];
  await until(() => ran.length === 2);
  const body = '{"name":"gone"}';
  const gone = await dial(port);
  gone.write(
    `POST /programs/relief/applications HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await until(() => door.read().classes.apply.queued === 1);
  gone.destroy();
  await until(() => door.read().classes.apply.queued === 0);
  release();
  await Promise.all(under);
  expect(ran).toEqual(['a', 'b']);
  expect(door.read().classes.apply.inFlight).toBe(0);
});

test('after a pause of two seconds of the whole process, whoever comes is served; the pause is counted', async () => {
  const port = await open();
  const before = fetch(`http://127.0.0.1:${port}/healthz`);
  const endMs = performance.now() + 2000;
  while (performance.now() < endMs);
  expect((await before).status).toBe(200);
  const look = fetch(`http://127.0.0.1:${port}/look`);
  await until(() => ran.includes('look'));
  await until(() => door.read().loop.stalls >= 1);
  release();
  expect((await look).status).toBe(200);
});

function isWord(body: unknown): boolean {
  return (body as { approval?: unknown }).approval === 'signed';
}
