import { overviewOf } from '@holdfast/core';
import { expect, test } from 'vitest';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { overviewRoutes } from './overview-routes.ts';

const KEY = 'k'.repeat(32);

test('what is wrong is told to operators, and to nobody else', async () => {
  const app = await createHttpServer(false);
  const lists = [
    'witnesses',
    'frauds',
    'verifiers',
    'checks',
    'lists',
    'unaccredited',
    'backlogs',
    'handoffs',
    'outlets',
    'cases',
    'incidents',
    'keys',
  ];
  const facts = Object.fromEntries(lists.map((name) => [name, []])) as unknown as Parameters<typeof overviewOf>[0];
  const wrong = { ...facts, silent: [{ part: 'store', owner: 'ops', since: 5 }], parts: [], tickMs: 5000 };
  const view = { now: 9, ...overviewOf(wrong, 9), read: { parts: [], verifiers: [] } };
  overviewRoutes(app, { desk: { read: async () => view }, operators: { admin: [hashOperatorKey(KEY)] } });
  for (const url of ['/overview', '/overview/events']) {
    expect((await app.inject({ url })).json()).toMatchObject({ code: 'operator.unauthorized' });
  }
  const answer = await app.inject({ url: '/overview', headers: { authorization: `Bearer ${KEY}` } });
  expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
  expect(answer.json()).toEqual(view);
  await app.close();
});
