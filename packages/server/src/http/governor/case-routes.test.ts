import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { type CaseWorld, createCaseWorld } from '../../../test/case-world.ts';
import { createPartyFilings } from '../../roles/governor/cases/party-filings.ts';
import { createHttpServer } from '../server.ts';
import { caseRoutes } from './case-routes.ts';

const ADMIN_KEY = 'admin-key-of-these-tests';
const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
const FILING = {
  about: 'credential',
  class: 'residence-ended',
  remedy: 'revoke',
  subject: { list: LIST_URI, index: 7 },
  statement: 'Moved away in spring.',
  contact: 'clerk@office.example',
};

type Answer = { readonly status: number; readonly json: Record<string, unknown>; readonly text: string };

async function openDoor() {
  const world = await createCaseWorld();
  const app = await createHttpServer(false);
  const { clock, ports, desk } = world;
  const filings = createPartyFilings({ ...ports, clock, desk });
  caseRoutes(app, { desk, filings, operators: { admin: [createHash('sha256').update(ADMIN_KEY).digest('hex')] } });
  await app.ready();
  const ask = async (method: 'GET' | 'POST', url: string, body?: object, headers: object = {}): Promise<Answer> => {
    const sent = { method, url, headers: { ...headers }, ...(body === undefined ? {} : { payload: body }) };
    const { statusCode, body: text } = await app.inject(sent);
    return { status: statusCode, json: JSON.parse(text) as Record<string, unknown>, text };
  };
  return { world, ask };
}

async function filed(world: CaseWorld, ask: Awaited<ReturnType<typeof openDoor>>['ask']) {
  const answer = await ask('POST', '/cases', FILING, { ...ADMIN, 'idempotency-key': 'k' });
  await world.tick();
  return answer.json as { readonly case: string; readonly code: string };
}

describe('the doors of cases', () => {
  test('take a complaint, show its course to anyone, and its words only to whoever filed and to the desk', async () => {
    const { world, ask } = await openDoor();
    const { case: id, code } = await filed(world, ask);
    const seen = await ask('GET', `/cases/${id}`);
    expect(seen.json).toMatchObject({ stage: 'filed', owner: 'registrar', onSilence: 'passed-on' });
    expect(`${seen.text}${(await ask('GET', '/cases')).text}`).not.toMatch(/Moved away|clerk@office|lists\/1/);
    const own = await ask('GET', '/cases/own', undefined, { 'holdfast-case-code': code });
    expect(own.text).toContain('Moved away');
    expect((await ask('GET', '/cases/own')).json).toMatchObject({ code: 'case.code' });
    expect((await ask('GET', `/cases/${id}/files`)).status).toBe(401);
    expect((await ask('GET', `/cases/${id}/files`, undefined, ADMIN)).text).toContain('clerk@office');
  });

  test('take no complaint without a presentation or the key of the desk, nor a step', async () => {
    const { world, ask } = await openDoor();
    expect((await ask('POST', '/cases', FILING, { 'idempotency-key': 'k' })).status).toBe(401);
    expect((await ask('POST', '/cases', FILING, ADMIN)).json).toMatchObject({ code: 'request.idempotency-key' });
    const presented = { ...FILING, presentation: 'nothing' };
    const refused = await ask('POST', '/cases', presented, { 'idempotency-key': 'k' });
    expect(refused).toMatchObject({ status: 401, json: { code: 'case.presentation' } });
    const { case: id } = await filed(world, ask);
    expect((await ask('POST', `/cases/${id}/steps`, { act: 'advance' }, { 'idempotency-key': 's' })).status).toBe(401);
    expect((await ask('GET', '/cases/nothing')).json).toMatchObject({ code: 'case.unknown' });
  });

  test("take an officer's step by signature alone", async () => {
    const { world, ask } = await openDoor();
    const { case: id } = await filed(world, ask);
    const triage = { act: 'triage', admit: true };
    const drafted = await ask('POST', `/cases/${id}/steps`, triage, { ...ADMIN, 'idempotency-key': 's' });
    const step = drafted.json as { readonly id: string; readonly digest: string };
    const approval = world.approval(step.digest, 'registrar-a');
    const approved = await ask('POST', `/cases/${id}/steps/${step.id}/approvals`, { approval });
    expect(approved.json).toMatchObject({ state: 'recorded', approvals: ['registrar-a'] });
    await world.tick();
    expect((await ask('GET', `/cases/${id}`)).json).toMatchObject({ stage: 'triaged' });
    expect((await ask('GET', `/cases/${id}/steps`)).json).toMatchObject({
      steps: [{ act: 'open' }, { act: 'triage' }],
    });
  });

  test('let whoever filed withdraw by their code, and nobody without one', async () => {
    const { world, ask } = await openDoor();
    const { case: id, code } = await filed(world, ask);
    const url = `/cases/${id}/responses`;
    const key = { 'idempotency-key': 'w' };
    expect((await ask('POST', url, { act: 'withdraw' }, key)).json).toMatchObject({ code: 'case.respondent' });
    expect((await ask('POST', url, { act: 'withdraw', code: 'x' }, key)).json).toMatchObject({ code: 'case.code' });
    expect((await ask('POST', url, { act: 'withdraw', code }, key)).json).toMatchObject({ state: 'recorded' });
    await world.tick();
    expect((await ask('GET', '/cases?open=true')).json).toEqual({ cases: [], manual: expect.any(Object) });
    expect((await ask('GET', '/incidents')).json).toEqual({ incidents: [] });
    const account = { incident: 'nothing', report: 'full', digest: 'd'.repeat(43) };
    expect((await ask('POST', '/incidents/accounts', account)).status).toBe(401);
    const unknown = await ask('POST', '/incidents/accounts', account, ADMIN);
    expect(unknown).toMatchObject({ status: 404, json: { code: 'incident.unknown' } });
  });
});
