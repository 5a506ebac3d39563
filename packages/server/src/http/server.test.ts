import { CodedError } from '@holdfast/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createHttpServer, DEFAULT_HTTP_BOUNDS } from './server.ts';

let app: Awaited<ReturnType<typeof createHttpServer>>;

beforeAll(async () => {
  app = await createHttpServer(false);
  app.post('/echo', { schema: { body: z.object({ name: z.string().max(5) }) } }, async (request) => request.body);
  app.post('/form', async (request) => request.body);
  app.get('/coded', async () => {
    throw new CodedError('request.not-found', 'Not here.', { looked: 'everywhere' });
  });
  app.get('/broken', async () => {
    throw new Error('a secret of the inside');
  });
  await app.ready();
});
afterAll(() => app.close());

const json = { 'content-type': 'application/json' };

test('what is not there, not JSON, too large or of another kind is a problem document with a code', async () => {
  const ask = async (url: string, init: object) => (await app.inject({ url, ...init })).json();
  expect(await ask('/nowhere', {})).toMatchObject({ status: 404, code: 'request.not-found' });
  expect(await ask('/echo', { method: 'POST', headers: json, body: '{"na' })).toMatchObject({ status: 400 });
  expect(await ask('/echo', { method: 'POST', headers: json, body: '{"name":7}' })).toMatchObject({
    code: 'request.malformed',
  });
  const large = { method: 'POST', headers: json, body: JSON.stringify({ name: 'x'.repeat(200_000) }) };
  expect(await ask('/echo', large)).toMatchObject({ status: 413, code: 'request.too-large' });
  const other = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a,b' };
  expect(await ask('/echo', other)).toMatchObject({ status: 415, code: 'request.media-type' });
});

test('a member named __proto__ and a member that appears twice are refused', async () => {
  for (const body of ['{"__proto__":{"a":1},"name":"x"}', '{"name":"x","name":"y"}']) {
    const response = await app.inject({ method: 'POST', url: '/echo', headers: json, body });
    expect(response.statusCode).toBe(400);
  }
});

test('a form field that appears twice is refused', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await app.inject({ method: 'POST', url: '/form', headers, body: 'a=1&a=2' });
  expect(response.json()).toMatchObject({ code: 'request.malformed' });
  const good = await app.inject({ method: 'POST', url: '/form', headers, body: 'a=1&b=2' });
  expect(good.json()).toEqual({ a: '1', b: '2' });
});

test('an error with a code tells its details; one without tells nothing of the inside', async () => {
  expect((await app.inject('/coded')).json()).toMatchObject({
    code: 'request.not-found',
    details: { looked: 'everywhere' },
  });
  const broken = await app.inject('/broken');
  expect(broken.statusCode).toBe(500);
  expect(broken.body).not.toContain('secret');
});

test('who stands behind a proxy is known by their own address, and nobody makes up another', async () => {
  await using behind = await createHttpServer(false, DEFAULT_HTTP_BOUNDS, ['10.0.0.0/8']);
  behind.get('/from', async ({ ip }) => ip);
  const ask = async (remoteAddress: string, said?: string) => {
    const headers = said === undefined ? {} : { 'x-forwarded-for': said };
    return (await behind.inject({ url: '/from', remoteAddress, headers })).body;
  };
  expect(await ask('10.0.0.7', '203.0.113.5')).toBe('203.0.113.5');
  expect(await ask('10.0.0.7', '198.51.100.1, 203.0.113.5')).toBe('203.0.113.5');
  expect(await ask('10.0.0.7')).toBe('10.0.0.7');
  expect(await ask('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
});
