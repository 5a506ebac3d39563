import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { createOutboxMemory } from '../../adapters/memory/outbox.ts';
import type { Distributor } from '../../roles/distributor/distributor.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { distributorRoutes } from './distributor-routes.ts';

const KEY = 'operator-key-of-this-test';
const headers = { authorization: `Bearer ${KEY}` };
const outbox = createOutboxMemory();

let world: DistributorWorld;
let distributor: Distributor;
let app: FastifyInstance;

beforeEach(async () => {
  world = await createDistributorWorld();
  distributor = world.restart({ outbox: { outbox, send: async () => undefined } });
  app = await createHttpServer(false);
  const nothing = async () => expect.fail('nobody reveals anything here');
  const operators = { admin: [hashOperatorKey(KEY)] };
  distributorRoutes(app, { distributor, operators, reveal: nothing, reveals: nothing });
});
afterEach(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
});

test('operators say where outcomes of programs are pushed, see what is not taken, and send it again', async () => {
  const url = '/applications/webhooks';
  expect((await app.inject({ url })).json().code).toBe('operator.unauthorized');
  const add = (payload: object) => app.inject({ method: 'POST', url, payload, headers });
  expect((await add({ url: 'https://office.example/hook', kinds: ['presentation'] })).statusCode).toBe(400);
  const added = await add({ url: 'https://office.example/hook' });
  expect([added.statusCode, added.json().kinds]).toEqual([201, ['application', 'program']]);
  const { id } = added.json();
  await distributor.apply('relief', world.sent(world.person()));
  const [delivery] = await outbox.readDue(world.verifiers.clock.now() + 200_000, 10);
  await outbox.settle(delivery?.event.id ?? '', id, { state: 'dead', failure: 'fetch.timeout' });
  const { webhooks } = (await app.inject({ url, headers })).json();
  expect(webhooks).toMatchObject([{ id, waiting: 0, dead: 1, missed: 0, failure: 'fetch.timeout' }]);
  const resend = (of: string) => app.inject({ method: 'POST', url: `${url}/${of}/resend`, payload: {}, headers });
  expect((await resend(id)).json()).toEqual({ resent: 1 });
  expect([(await resend('nobody')).statusCode, (await resend(id)).json()]).toEqual([404, { resent: 0 }]);
  expect((await app.inject({ method: 'DELETE', url: `${url}/${id}`, headers })).statusCode).toBe(204);
});

test('a program is streamed until nothing of it waits any more', async () => {
  await distributor.apply('relief', world.sent(world.person()));
  await world.close();
  await world.work(distributor);
  const { body, headers: answered } = await app.inject({ url: '/programs/relief/events' });
  expect(answered['content-type']).toContain('text/event-stream');
  const states = [...body.matchAll(/data: (.*)/g)].map(([, text = '']) => JSON.parse(text));
  expect(states).toMatchObject([{ phase: 'paying', payments: { carried: { count: 1, total: '100' } } }]);
  expect((await app.inject({ url: '/programs/nobody/events' })).statusCode).toBe(404);
});
