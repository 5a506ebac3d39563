import { createServer, type Server } from 'node:http';
import { parseJws } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createOutboxMemory } from '../../adapters/memory/outbox.ts';
import { createEventSender } from '../../compose/event-sender.ts';
import { createVerifierRole, type VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { verifierRoutes } from './verifier-routes.ts';

const KEY = 'operator-key-of-this-test';
const headers = { authorization: `Bearer ${KEY}` };
const QUERY = { credentials: [{ id: 'c', format: 'dc+sd-jwt', meta: { vct_values: ['residence'] } }] };

let world: VerifierWorld;
let app: FastifyInstance;
let role: VerifierRole;
let receiver: Server;
let taken: { readonly type: string | undefined; readonly body: string }[];
let life: AbortController;

beforeEach(async () => {
  world = await createVerifierWorld();
  taken = [];
  life = new AbortController();
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      taken.push({ type: request.headers['content-type'], body: Buffer.concat(chunks).toString() });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const outbox = { outbox: createOutboxMemory(), send: createEventSender(true) };
  role = createVerifierRole(await world.role('north', { outbox }));
  app = await createHttpServer(false);
  const operators = { admin: [hashOperatorKey(KEY)] };
  await app.register(async (scope) => verifierRoutes(scope, { verifiers: [role], operators }));
});
afterEach(async () => {
  life.abort();
  await app.close();
  await new Promise((resolve) => receiver.close(resolve));
  await world[Symbol.asyncDispose]();
});

const hook = () => `http://localhost:${(receiver.address() as { port: number }).port}/hook`;
const add = (payload: object) => app.inject({ method: 'POST', url: '/v/north/webhooks', payload, headers });

async function endRequest(id: string): Promise<void> {
  await world.clock.advance(300_001);
  expect(await role.presentations.status(id)).toMatchObject({ state: 'failed' });
}

describe('outcomes', () => {
  it('are pushed, signed, on failure too, and nobody but operators says where to', async () => {
    expect((await app.inject({ url: '/v/north/webhooks' })).json().code).toBe('operator.unauthorized');
    const added = await add({ url: hook() });
    expect([added.statusCode, added.json().kinds]).toEqual([201, ['presentation', 'verdict']]);
    const { id } = await role.presentations.ask({ query: QUERY });
    await endRequest(id);
    void role.runEvents(life.signal);
    await expect.poll(() => taken.length).toBeGreaterThan(0);
    expect(taken[0]?.type).toBe('application/secevent+jwt');
    const { payload } = parseJws(taken[0]?.body ?? '');
    expect(payload).toMatchObject({
      ...{ iss: 'north', aud: hook(), jti: `presentation.${id}` },
      events: { 'urn:holdfast:event:presentation': { id, state: 'failed', code: 'presentation.expired' } },
    });
  });

  it('go to no address that is none, or that carries a password', async () => {
    for (const url of ['nowhere', 'ftp://a.example/', 'https://name:word@a.example/']) {
      expect((await add({ url })).json().code).toBe('webhook.url');
    }
    for (let i = 0; i < 16; i += 1) await add({ url: hook() });
    expect((await add({ url: hook() })).json().code).toBe('webhook.too-many');
    const { webhooks } = (await app.inject({ url: '/v/north/webhooks', headers })).json();
    const remove = (id: string) => app.inject({ method: 'DELETE', url: `/v/north/webhooks/${id}`, headers });
    expect([(await remove(webhooks[0].id)).statusCode, (await remove(webhooks[0].id)).statusCode]).toEqual([204, 404]);
  });

  it('are streamed to whoever holds the handle, and the stream ends with the last one', async () => {
    const { id } = await role.presentations.ask({ query: QUERY });
    const streaming = await app.inject({ url: `/v/north/presentations/${id}/events`, payloadAsStream: true });
    expect(streaming.headers['content-type']).toContain('text/event-stream');
    const states: string[] = [];
    for await (const chunk of streaming.stream()) {
      const told = [...String(chunk).matchAll(/data: (.*)/g)].map(([, text = '']) => JSON.parse(text).state);
      states.push(...told);
      if (told.includes('pending')) await endRequest(id);
    }
    expect(states).toEqual(['pending', 'failed']);
    expect((await app.inject({ url: '/presentations/nobody/events' })).json().code).toBe('presentation.not-found');
  });

  it('of a verdict that waits for nothing are there at once', async () => {
    const { id } = await role.verify({ credential: world.credential() });
    const { body } = await app.inject({ url: `/v/north/verdicts/${id}/events` });
    expect(body).toContain(`"verdictId":"${id}"`);
    expect((await app.inject({ url: '/v/north/verdicts/nobody/events' })).statusCode).toBe(404);
  });
});
