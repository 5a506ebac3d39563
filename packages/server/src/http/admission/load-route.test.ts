import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ADMISSION_CLASSES, DEFAULT_ADMISSION_TERMS, encodeUtf8 } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { expect, test } from 'vitest';
import { healthRoutes } from '../health.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { DEFAULT_DOOR_BOUNDS, openDoor } from './door.ts';
import { loadRoute } from './load-route.ts';
import { classOfRoute } from './route-class.ts';

const KEY = 'operator-key-of-this-test';

test('operators read what each class carries, what waits and what a program has to work off; others do not', async () => {
  const app = await createHttpServer(false);
  const operators = { admin: [hashOperatorKey(KEY)] };
  const door = openDoor(app, { clock: createPlatformClock(), operators, secret: encodeUtf8('secret') });
  const backlog = { program: 'relief', waiting: 7, taken: 9, maxApplications: 100, perSecond: 2, clearsInMs: 3500 };
  loadRoute(app, { read: door.read, operators, backlogs: async () => [backlog] });
  healthRoutes(app, async () => ({ north: 'ready' }), door.read);
  expect((await app.inject('/load')).statusCode).toBe(401);
  const load = (await app.inject({ url: '/load', headers: { authorization: `Bearer ${KEY}` } })).json();
  expect(load).toMatchObject({ backlogs: [backlog], cohorts: 128, loop: { stalls: expect.any(Number) }, arriving: 0 });
  expect(load.classes.govern).toMatchObject({ inFlight: 0, queued: 0, cursor: 128, shed: { full: 0 } });
  const { ready, load: shown } = (await app.inject('/readyz')).json();
  expect(ready).toBe(true);
  expect(shown.classes.apply).toMatchObject({ queued: 0, cursor: 128 });
  expect(shown.connections).toBeUndefined();
  await app.close();
});

test('officers’ words, keyed doors, verdicts and streams are told apart by their routes; what is new is looked at last', () => {
  const of = (method: string, path: string) => Object.values(classOfRoute(method, path)).join(' ');
  expect(of('POST', '/decisions/:id/approvals')).toBe('word observe');
  expect(of('POST', '/cases/:id/steps/:step/approvals')).toBe('word observe');
  expect(of('POST', '/log/statements')).toBe('word settle');
  expect(of('POST', '/decisions')).toBe('keyed observe');
  expect(of('GET', '/feed')).toBe('free settle');
  expect(of('GET', '/log/checkpoint')).toBe('gated settle');
  expect(of('POST', '/v/:verifier/verify')).toBe('verdict verify');
  expect(of('POST', '/programs/:program/applications')).toBe('gated apply');
  expect(of('GET', '/programs/:program')).toBe('gated observe');
  expect(of('GET', '/programs/:program/events')).toBe('free settle');
  expect(of('GET', '/console/*')).toBe('free observe');
  expect(of('GET', '/wallet')).toBe('free observe');
  expect(of('POST', '/console-session')).toBe('gated observe');
  expect(of('GET', '/something/new')).toBe('gated observe');
});

test('the bounds in docs/reference/load.md are those of the code', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../../../docs/reference/load.md'), 'utf8');
  for (const name of ADMISSION_CLASSES) {
    const { reserved, most, quickMs, maxQueued, patienceMs, lateMs } = DEFAULT_ADMISSION_TERMS.classes[name];
    const figures = `${reserved} | ${most} | ${quickMs} ms | ${maxQueued} | ${patienceMs / 1000} s | ${lateMs / 1000} s |`;
    expect(page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))).toContain(figures);
  }
  expect(page).toContain(`At most ${DEFAULT_ADMISSION_TERMS.total} run at once`);
  const { maxKeyedGovern, maxKeyedSettle, maxConnections, maxArriving, maxShedVerdicts } = DEFAULT_DOOR_BOUNDS;
  expect(page).toContain(
    `lifts ${maxKeyedGovern} requests to the governor into \`govern\` and ${maxKeyedSettle} others`,
  );
  for (const bound of [maxConnections, maxArriving]) expect(page).toContain(bound.toLocaleString('en'));
  expect(page).toContain(`At most ${maxShedVerdicts} are made at`);
});
