import { expect, it } from 'vitest';
import { createSmallLog, createTestWitness } from '../../../test/witness-world.ts';
import { createHttpServer } from '../server.ts';
import { witnessRoutes } from './witness-routes.ts';

const log = createSmallLog('log.example/a');
const fork = createSmallLog('log.example/a', { turns: 2 });

async function serve() {
  const { role } = await createTestWitness('witness.example/w', [log.vkey]);
  const app = await createHttpServer(false);
  let nowMs = 0;
  witnessRoutes(app, { witness: role, clock: { monotonic: () => nowMs }, rate: { perSecond: 2, burst: 30 } });
  const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: '/add-checkpoint', payload, headers });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { app, post, pass };
}

it('answers to the letter of C2SP tlog-witness', async () => {
  const { post } = await serve();
  const cosigned = await post(log.ask(0, 3));
  expect(cosigned.statusCode).toBe(200);
  expect(cosigned.body).toMatch(/^\u2014 witness\.example\/w [A-Za-z0-9+/]{102}==\n$/u);
  const conflict = await post(log.ask(0, 7));
  expect(conflict.statusCode).toBe(409);
  expect(conflict.headers['content-type']).toBe('text/x.tlog.size');
  expect(conflict.body).toBe('3\n');
  const statuses = [
    [createSmallLog('log.example/b').ask(0, 3), 404],
    [createSmallLog('log.example/a', { seed: 'stranger' }).ask(3, 7), 403],
    [log.ask(3, 7).replace('old 3', 'old 8'), 400],
    [fork.ask(3, 3), 409],
    [fork.ask(3, 7), 422],
    [log.ask(3, 3), 200],
    [log.ask(3, 7), 200],
  ] as const;
  for (const [body, status] of statuses) expect((await post(body)).statusCode).toBe(status);
});

it.each(['text/plain', 'application/octet-stream', 'application/json', 'application/x-www-form-urlencoded'])(
  'reads a request that says it is %s',
  async (type) => {
    expect((await (await serve()).post(log.ask(0, 3), { 'content-type': type })).statusCode).toBe(200);
  },
);

it('refuses what is too long, not text, or nothing', async () => {
  const { post } = await serve();
  expect((await post('x'.repeat(70_000), { 'content-type': 'text/plain' })).statusCode).toBe(413);
  expect((await post(Buffer.from([0xff, 0xfe]), { 'content-type': 'text/plain' })).statusCode).toBe(400);
  expect((await post('')).statusCode).toBe(400);
});

it('lets one address ask so often, and again later', async () => {
  const { post, pass } = await serve();
  const statuses = await Promise.all(Array.from({ length: 32 }, async () => (await post('x')).statusCode));
  expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  pass(500);
  expect((await post('x')).statusCode).toBe(400);
  expect((await post('x')).statusCode).toBe(429);
});

it('shows which logs it looks at, how far, and the frauds it has seen', async () => {
  const { app, post } = await serve();
  await post(log.ask(0, 7));
  await post(fork.ask(0, 7));
  expect((await app.inject('/')).json()).toMatchObject({ logs: [{ origin: 'log.example/a', size: 7 }], frauds: 1 });
  const { proofs } = (await app.inject('/fraud-proofs')).json();
  expect(proofs).toEqual([{ checkpoints: [log.checkpoint(7), fork.checkpoint(7)] }]);
});
