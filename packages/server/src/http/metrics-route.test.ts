import { expect, test } from 'vitest';
import { createRegistry } from '../seeing/registry.ts';
import { createSignals } from '../seeing/signals.ts';
import { metricsRoute } from './metrics-route.ts';
import { hashOperatorKey } from './operators.ts';
import { createHttpServer } from './server.ts';

const OPERATOR = 'an-operators-key-of-this-test';
const READER = 'a-reading-key-of-this-test';

test('numbers are for whoever has the key of an operator, or the one that reads them; nobody else', async () => {
  const app = await createHttpServer(false);
  const registry = createRegistry((work) => work);
  const keys = (key: string) => ({ admin: [hashOperatorKey(key)] });
  metricsRoute(app, { registry, operators: keys(OPERATOR), readers: keys(READER) });
  createSignals([registry.count]).programClosed({ program: 'relief' });
  const ask = (key: string) => app.inject({ url: '/metrics', headers: { authorization: `Bearer ${key}` } });
  expect((await app.inject('/metrics')).json()).toMatchObject({ code: 'operator.unauthorized' });
  expect((await ask('another-key-of-somebody')).statusCode).toBe(401);
  for (const key of [OPERATOR, READER]) {
    const { statusCode, headers, body } = await ask(key);
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('holdfast_program_closed_total{program="relief"} 1\n');
  }
});
