import { createServer, type Server } from 'node:http';
import { parseVerdictEnvelope } from '@holdfast/core';
import { createGuardedFetch, createHttpCheck } from '@holdfast/verifier';
import { createNodeTransport, nodeLookup } from '@holdfast/verifier/node';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorldPolicy } from '../../../test/live-policy-world.ts';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createPolicyStoreMemory } from '../../adapters/memory/policy-store.ts';
import { createVerifierRole } from '../../roles/verifier/verifier-role.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { verifierRoutes } from './verifier-routes.ts';

const KEY = 'operator-key-of-this-test';
const authorization = `Bearer ${KEY}`;

let world: VerifierWorld;
let app: FastifyInstance;
let register: Server;
let calls: number;

beforeEach(async () => {
  // Checkers answer by the true time, and so does everybody here.
  world = await createVerifierWorld(Date.now());
  calls = 0;
  register = createServer((request, response) => {
    calls += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { credential } = JSON.parse(Buffer.concat(chunks).toString()) as { credential: string };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ credential, result: 'passed', asOf: Date.now() }));
    });
  });
  await new Promise<void>((resolve) => register.listen(0, '127.0.0.1', resolve));
  app = await createHttpServer(false);
  const operators = { admin: [hashOperatorKey(KEY)] };
  const verifiers = await Promise.all(['north', 'south'].map(createVerifier));
  await app.register(async (scope) => verifierRoutes(scope, { verifiers, operators }));
});
afterEach(async () => {
  await app.close();
  await new Promise((resolve) => register.close(resolve));
  await world[Symbol.asyncDispose]();
});

async function createVerifier(id: string) {
  const fetch = createGuardedFetch({ transport: createNodeTransport(), lookup: nodeLookup, allowLoopback: true });
  const policy = await createWorldPolicy(world, {
    store: createPolicyStoreMemory(),
    createCheck: ({ url = '' }) => createHttpCheck({ url, fetch, engine: world.engine }),
  });
  return createVerifierRole(await world.role(id, { verifier: policy.verifier, live: policy }));
}

const get = (url: string, headers: object = { authorization }) =>
  app.inject({ method: 'GET', url, headers: { ...headers } });
const put = (verifier: string, payload: object, headers: object) =>
  app.inject({ method: 'PUT', url: `/v/${verifier}/policy`, payload, headers: { ...headers } });
const verify = (verifier: string, payload: object) =>
  app.inject({ method: 'POST', url: `/v/${verifier}/verify`, payload: { deadlineMs: 5000, ...payload } });

function licence(changes: object = {}) {
  const { port } = register.address() as { port: number };
  const url = `http://localhost:${port}/licence`;
  return { id: 'licence', kind: 'http', url, maxAgeMs: 60_000, onSilence: 'unknown', ...changes };
}

async function give(verifier: string, changes: object) {
  const { etag } = (await get(`/v/${verifier}/policy`)).headers;
  return put(verifier, { id: 'desk', ...changes }, { authorization, 'if-match': String(etag) });
}

describe('the policy of a verifier over HTTP', () => {
  it('is read and changed by operators, against the one that was read', async () => {
    const read = await get('/v/north/policy');
    expect(read.json()).toMatchObject({ policy: { id: 'default' }, since: 0, checks: {} });
    const changed = await give('north', { checks: [licence()] });
    expect(changed.statusCode).toBe(200);
    expect(changed.json().checks).toMatchObject({ licence: { breaker: 'closed', asked: 0 } });
    expect(changed.headers.etag).toBe(`"${changed.json().digest}"`);
    const stale = await put('north', { id: 'desk' }, { authorization, 'if-match': String(read.headers.etag) });
    expect([stale.statusCode, stale.json().code]).toEqual([412, 'policy.changed']);
    const blind = await put('north', { id: 'desk' }, { authorization });
    expect([blind.statusCode, blind.json().code]).toEqual([428, 'policy.match-needed']);
  });

  it('is nobody else’s to read or change', async () => {
    for (const response of [
      await get('/v/north/policy', {}),
      await put('north', { id: 'x' }, {}),
      await get('/v/north/latency', {}),
    ])
      expect(response.json().code).toBe('operator.unauthorized');
  });

  it('is refused with the member that is wrong, and the old one stays', async () => {
    const refused = await give('north', { checks: [licence({ onSilence: 'final' })] });
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'policy.malformed']);
    expect(refused.json().detail).toContain('checks.onSilence');
    expect((await get('/v/north/policy')).json().policy.id).toBe('default');
  });

  it('shows where the time of decisions goes', async () => {
    await give('north', { checks: [licence()] });
    const { stages, durationMs, signed } = (await verify('north', { credential: world.credential() })).json();
    expect(Object.keys(stages)).toEqual(['parse', 'evidence', 'signatures', 'judge', 'checks']);
    expect(parseVerdictEnvelope(signed).envelope).toMatchObject({ stages, durationMs });
    const latency = (await get('/v/north/latency')).json();
    expect(latency.stages.map(({ stage }: { stage: string }) => stage)).toContain('check:licence');
  });
});

describe("another party's signed verdict", () => {
  const acceptFrom = [{ party: 'north', checks: ['licence'], maxAgeMs: 60_000 }];

  it('makes a second call needless', async () => {
    const credential = world.credential();
    await give('north', { checks: [licence()] });
    await give('south', { checks: [licence()], acceptFrom });
    const first = (await verify('north', { credential })).json();
    expect([first.verdict.outcome, calls]).toEqual(['valid', 1]);
    const second = (await verify('south', { credential, evidence: [first.signed] })).json();
    expect([second.verdict.outcome, calls, second.ignored]).toEqual(['valid', 1, undefined]);
    expect(second.verdict.basis.checks).toMatchObject([{ id: 'licence', source: 'north' }]);
  });

  it('that is about another credential, forged or no statement at all is named, and the checker is asked', async () => {
    await give('north', { checks: [licence()] });
    await give('south', { checks: [licence()], acceptFrom });
    const other = (await verify('north', { credential: world.credential() })).json();
    const evidence = [other.signed, other.signed.replace(/\.[^.]+$/, `.${'A'.repeat(86)}`), 'nonsense'];
    const answer = (await verify('south', { credential: world.credential(), evidence })).json();
    expect([answer.verdict.outcome, calls]).toEqual(['valid', 2]);
    expect(answer.ignored).toEqual([
      { index: 0, why: 'evidence.other_credential' },
      { index: 1, why: 'evidence.other_credential' },
      { index: 2, why: 'evidence.unreadable' },
    ]);
  });
});
