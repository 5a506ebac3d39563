import { encodeRfc3339, networkUrn, parsePositions } from '@holdfast/core';
import { createIssuerRecordReader } from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { appendAndTick, startTestNetwork, TEST_TICK_MS } from '../../../test/test-network.ts';
import { recordLog } from '../../compose/record-log.ts';
import { createRegistry } from '../../roles/network/registry.ts';
import { createHttpServer } from '../server.ts';
import { registryRoutes } from './registry-routes.ts';

const ORIGIN = 'https://town.example';
const CIVIC = 'https://civic.example';
const HARBOUR = 'https://harbour.example';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(pastRate = { perSecond: 1, burst: 100 }) {
  const network = await startTestNetwork();
  const { role, clock } = network;
  const asked: number[] = [];
  const log = { ...role, trust: role.trust, health: role.health };
  const counted: typeof role.fetchEntries = (from, to, signal) => {
    asked.push(to - from);
    return role.fetchEntries(from, to, signal);
  };
  const records = createIssuerRecordReader(recordLog(role), network.options.engine);
  const registry = createRegistry({ network: { ...log, fetchEntries: counted }, records, clock, names: [ORIGIN] });
  const app = await createHttpServer(false);
  registryRoutes(app, { registry, name: () => network.name, clock, pastRate });
  closing.push(() => app.close());
  const question = { entity_id: CIVIC, authority_id: ORIGIN, action: 'issue', resource: 'residence' };
  const ask = async (changes: object = {}, path = 'authorization', headers: Record<string, string> = {}) => {
    const payload = { ...question, ...changes };
    const answer = await app.inject({ method: 'POST', url: `/trqp/${path}`, payload, headers });
    return { status: answer.statusCode, json: answer.json() as Record<string, unknown>, headers: answer.headers };
  };
  return { network, app, ask, asked, question };
}

describe('ToIP TRQP v2.0 over HTTP', () => {
  it('answers with the members of the standard, and with how far it had read', async () => {
    const { network, ask, question } = await open();
    const { status, json, headers } = await ask({}, 'authorization', { 'x-request-id': 'd4f34c12' });
    const { position } = network.role.state;
    const at = encodeRfc3339(position?.time ?? 0);
    const message = `${CIVIC} may issue residence (high).`;
    expect([status, headers['x-request-id'], headers['cache-control']]).toEqual([200, 'd4f34c12', 'no-store']);
    expect(json).toEqual({
      ...{ ...question, authorized: true, time_evaluated: at, message },
      holdfast: { network: networkUrn(network.name), evaluated: position, read: position, assurance: 'high' },
    });
    expect(parsePositions(String(headers['holdfast-position']))).toEqual([position]);
    expect((await ask({ resource: 'licence' })).json).toMatchObject({
      authorized: false,
      holdfast: { why: 'trust.not_authorized' },
    });
  });

  it('answers about the past by the epoch that was the last one then, found in a few looks', async () => {
    const { network, ask, asked } = await open();
    for (let i = 0; i < 40; i++) await network.tick(10 * TEST_TICK_MS);
    const before = network.role.state.position;
    await appendAndTick(network, await network.write.accredit(HARBOUR));
    for (let i = 0; i < 10; i++) await network.tick(10 * TEST_TICK_MS);
    const now = network.role.state.position;
    const askAt = (time: number) => ask({ entity_id: HARBOUR, context: { time: encodeRfc3339(time) } });
    expect(await askAt((before?.time ?? 0) + 1)).toMatchObject({ status: 404, json: { code: 'trqp.entity-unknown' } });
    const { json } = await askAt((before?.time ?? 0) + 2 * TEST_TICK_MS + 1);
    expect(json).toMatchObject({ authorized: true, time_evaluated: encodeRfc3339(now?.time ?? 0) });
    const { evaluated, read } = json.holdfast as {
      evaluated: { size: number; time: number; root: string };
      read: object;
    };
    expect(read).toEqual(now);
    expect(evaluated.time).toBeLessThanOrEqual((before?.time ?? 0) + 2 * TEST_TICK_MS + 1);
    expect(evaluated.size).toBeGreaterThan(before?.size ?? 0);
    expect(asked.reduce((sum, count) => sum + count, 0)).toBeLessThan(1200);
    const old = (await askAt(before?.time ?? 0)).json as { details?: { read: object } };
    expect(old.details?.read).toEqual(now);
  });

  it('says what it does not know, by a code, and never yes or no', async () => {
    const { network, ask } = await open();
    const { time = 0 } = network.role.state.position ?? {};
    const cases: readonly [object, number, string][] = [
      [{ authority_id: 'https://other.example' }, 404, 'trqp.authority-unknown'],
      [{ entity_id: 'https://nobody.example' }, 404, 'trqp.entity-unknown'],
      [{ entity_id: '__proto__' }, 404, 'trqp.entity-unknown'],
      [{ action: 'verify' }, 404, 'trqp.action-unknown'],
      [{ context: { colour: 'green' } }, 400, 'trqp.condition-unknown'],
      [{ context: { assurance: 'enormous' } }, 400, 'trqp.condition-unknown'],
      [{ context: { time: encodeRfc3339(time + 3_600_000) } }, 400, 'trqp.time-ahead'],
      [{ context: { time: '1970-01-01T00:00:00Z' } }, 404, 'trqp.not-held'],
      [{ context: { time: 'yesterday' } }, 400, 'encoding.rfc3339'],
    ];
    for (const [changes, status, code] of cases) {
      expect(await ask(changes), code).toMatchObject({ status, json: { code } });
    }
    expect(await ask({ entity_id: 'o'.repeat(43), resource: 'theirs' }, 'recognition')).toMatchObject({ status: 404 });
    expect(await ask({ context: { time: encodeRfc3339(time + 2000), locator: 'shelf 4' } })).toMatchObject({
      status: 200,
    });
  });

  it('refuses bodies that are no question, in the form of a problem', async () => {
    const { app, question } = await open();
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`c${i}`, 'x']));
    const bodies = [
      ...['', '[]', '{', 'null', '"x"', '{"entity_id":1}', '{"entity_id":"a","entity_id":"b"}', '['.repeat(5000)],
      ...[
        { entity_id: '' },
        { entity_id: 'a b' },
        { resource: 'x'.repeat(501) },
        { action: ['issue'] },
        { context: [] },
      ].map((changes) => JSON.stringify({ ...question, ...changes })),
      ...[{ time: 5 }, many, { time: {} }].map((context) => JSON.stringify({ ...question, context })),
    ];
    for (const payload of bodies) {
      const headers = { 'content-type': 'application/json' };
      const answer = await app.inject({ method: 'POST', url: '/trqp/authorization', payload, headers });
      expect([400, 413], payload.slice(0, 80)).toContain(answer.statusCode);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
    const plain = { 'content-type': 'text/plain' };
    const typed = await app.inject({ method: 'POST', url: '/trqp/recognition', payload: '{}', headers: plain });
    expect(typed.statusCode).toBe(400);
  });

  it('bounds what one address asks about the past, and nothing else', async () => {
    const { network, ask } = await open({ perSecond: 0.1, burst: 1 });
    const past = { context: { time: encodeRfc3339((network.role.state.position?.time ?? 0) - 1) } };
    expect((await ask(past)).status).toBe(200);
    expect(await ask(past)).toMatchObject({ status: 429, json: { code: 'trqp.busy' } });
    expect((await ask()).status).toBe(200);
  });
});
