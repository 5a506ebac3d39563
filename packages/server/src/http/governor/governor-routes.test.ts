import { createHash } from 'node:crypto';
import { isJsonObject, parsePositions } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { civicParty, DAY_MS, LIST_URI } from '../../../../core/test/log-builder.ts';
import { createGovernorWorld, type GovernorWorld, settle } from '../../../test/governor-world.ts';
import type { Proposal } from '../../roles/governor/proposal.ts';
import { createHttpServer } from '../server.ts';
import { governorRoutes } from './governor-routes.ts';
import { proposalBody } from './schemas.ts';

const ADMIN_KEY = 'admin-key-of-these-tests';
const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
const target = (index: number) => ({ list: LIST_URI, index });
const REVOKE = { power: 'revoke', class: 'residence-ended', targets: [target(7)], reason: 'moved away' };

type Door = {
  readonly world: GovernorWorld;
  readonly app: FastifyInstance;
  readonly ask: (method: 'GET' | 'POST', url: string, body?: unknown, headers?: object) => Promise<Answer>;
  readonly propose: (body?: unknown, key?: string) => Promise<Answer>;
  readonly approve: (proposal: Proposal, officer: string) => Promise<Answer>;
};
type Answer = {
  readonly status: number;
  readonly json: Proposal & { readonly code?: string; readonly [member: string]: unknown };
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
};

async function openDoor(): Promise<Door> {
  const world = await createGovernorWorld();
  const app = await createHttpServer(false);
  const operators = { admin: [createHash('sha256').update(ADMIN_KEY).digest('hex')] };
  governorRoutes(app, { governor: world.governor, operators });
  await app.ready();
  const ask: Door['ask'] = async (method, url, body, headers = {}) => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = app.inject({
      method,
      url,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { payload }),
    });
    // Whoever makes the quorum waits for the epoch, which comes as soon as nothing else happens.
    void sent.catch(() => undefined);
    for (let i = 0; i < 5; i += 1) await settle();
    if (world.log.state.position?.size !== world.log.state.tree.size) world.epoch();
    const { statusCode, headers: given, body: text } = await sent;
    return { status: statusCode, json: JSON.parse(text) as Answer['json'], headers: given, text };
  };
  return {
    world,
    app,
    ask,
    propose: (body = REVOKE, key = 'key-1') => ask('POST', '/decisions', body, { ...ADMIN, 'idempotency-key': key }),
    approve: ({ id, digest }, officer) =>
      ask('POST', `/decisions/${id}/approvals`, { approval: world.approval(digest, officer) }),
  };
}

describe('deciding over HTTP', () => {
  test('an operator proposes, two officers approve, and the answer carries the position to hand on', async () => {
    const door = await openDoor();
    const proposed = await door.propose();
    expect(proposed).toMatchObject({ status: 201, json: { state: 'collecting', needed: 2 } });
    expect(proposed.headers.location).toBe(`/decisions/${proposed.json.id}`);
    expect(await door.approve(proposed.json, 'officer-a')).toMatchObject({
      status: 200,
      json: { state: 'collecting' },
    });
    const done = await door.approve(proposed.json, 'officer-b');
    expect(done).toMatchObject({ status: 200, json: { state: 'carried-out' } });
    expect(parsePositions(String(done.headers['holdfast-position']))).toEqual([door.world.log.state.position]);
    expect(door.world.value(7)).toBe(1);
    const shown = await door.ask('GET', `/decisions/${proposed.json.id}`);
    expect(shown.headers['holdfast-position']).toBe(done.headers['holdfast-position']);
  });

  test('the public sees that something is decided, not what or whom it is about', async () => {
    const door = await openDoor();
    const { json } = await door.propose();
    const answers = [await door.ask('GET', '/decisions'), await door.ask('GET', `/decisions/${json.id}`)];
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).toContain(json.id);
      expect(text).not.toContain(LIST_URI);
      expect(text).not.toContain('moved away');
    }
    const opened = await door.ask('GET', `/decisions/${json.id}/openings`, undefined, ADMIN);
    expect(opened.text).toContain(LIST_URI);
    expect(opened.headers['cache-control']).toBe('no-store');
  });

  test('a repeat with the same key is the same answer; another request with it is a conflict', async () => {
    const door = await openDoor();
    const first = await door.propose();
    expect((await door.propose()).text).toBe(first.text);
    const other = await door.propose({ ...REVOKE, targets: [target(8)] });
    expect(other).toMatchObject({ status: 409, json: { code: 'decision.idempotency-conflict' } });
  });

  test('the rules come with the network they are the rules of', async () => {
    const door = await openDoor();
    const { status, json } = await door.ask('GET', '/rulebook');
    const [genesis] = door.world.log.entries;
    expect([status, json.network, json.genesis, json.index]).toEqual([200, door.world.log.state.name, genesis, 0]);
  });

  test('parties and rules are proposed the same way', async () => {
    const door = await openDoor();
    const party = civicParty(door.world.signatures, { name: 'New name' });
    const accredit = await door.propose({ power: 'accredit', class: 'founding', party }, 'key-1');
    const amend = await door.propose({ power: 'amend', class: 'founding', rulebook: door.world.log.rulebook }, 'key-2');
    expect([accredit.status, amend.status]).toEqual([201, 201]);
    await door.approve(accredit.json, 'officer-a');
    expect((await door.approve(accredit.json, 'officer-b')).json.state).toBe('carried-out');
    expect(door.world.log.state.parties.get(party.id)).toEqual(party);
  });
});

describe('the operator key alone', () => {
  test('neither revokes nor suspends, whatever it sends', async () => {
    const door = await openDoor();
    const { world } = door;
    const revoke = (await door.propose(REVOKE, 'key-1')).json;
    const suspend = (await door.propose({ power: 'suspend', class: 'residence-ended', targets: [target(7)] }, 'key-2'))
      .json;
    for (const { id, digest } of [revoke, suspend]) {
      const forged = ['governor', 'network', 'civic statement', ADMIN_KEY].map((name) => world.approval(digest, name));
      const stolen = world.approval('a'.repeat(43), 'officer-a');
      for (const approval of [...forged, stolen, ADMIN_KEY, digest, '..', `${digest}.${digest}.${digest}`]) {
        const { status } = await door.ask('POST', `/decisions/${id}/approvals`, { approval }, ADMIN);
        expect(status).toBeGreaterThanOrEqual(400);
      }
    }
    expect(world.asked()).toBe(0);
    expect(world.value(7)).toBe(0);
    expect(world.log.state.suspensions.size).toBe(0);
  });

  test('even with the key that signs statements, the network refuses a decision without officers', async () => {
    const { world, propose } = await openDoor();
    const { json } = await propose({ power: 'suspend', class: 'residence-ended', targets: [target(7)] });
    const { digest } = json;
    const forged = ['governor', 'network'].map((name) => world.approval(digest, name));
    const { genesis: _, ...terms } = json.terms;
    const decision = { type: 'decision', v: 1, ...terms, approvals: forged, received: 1, authorised: 1 };
    const change = { ...target(7), value: 2, until: terms.parameters.until };
    const status = { type: 'status', v: 1, decisions: [digest], changes: [change] };
    const append = world.ports.network.append([world.log.statement(decision), world.log.statement(status)]);
    await expect(append).rejects.toMatchObject({ code: 'statement.refused', details: { why: 'quorum' } });
    expect(world.value(7)).toBe(0);
  });

  test('is asked for before anything is read: without it nothing is proposed or opened', async () => {
    const door = await openDoor();
    const { json } = await door.propose();
    const wrong = { authorization: `Bearer ${ADMIN_KEY}x` };
    for (const headers of [{}, wrong, { authorization: ADMIN_KEY }]) {
      const answers = [
        await door.ask('POST', '/decisions', '{not json', { ...headers, 'idempotency-key': 'k' }),
        await door.ask('GET', `/decisions/${json.id}/openings`, undefined, headers),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 401, json: { code: 'operator.unauthorized' } });
        expect(answer.text).not.toContain(LIST_URI);
      }
    }
    expect((await door.ask('GET', '/decisions')).json.decisions).toHaveLength(1);
  });
});

describe('bad input is answered by a code, and nothing is written', () => {
  const bodies: readonly (readonly [string, unknown, number, string])[] = [
    ['no JSON', '{', 400, 'json.malformed'],
    ['no body', '', 400, 'request.malformed'],
    ['a repeated member', '{"power":"revoke","power":"lift"}', 400, 'json.duplicate-member'],
    [
      '__proto__',
      `{"__proto__":{},"power":"revoke","class":"residence-ended","targets":[]}`,
      400,
      'json.forbidden-member',
    ],
    ['a depth', `${'['.repeat(40)}${']'.repeat(40)}`, 400, 'json.too-deep'],
    ['an unknown power', { ...REVOKE, power: 'pay' }, 400, 'request.malformed'],
    ['a member too many', { ...REVOKE, approvals: [] }, 400, 'request.malformed'],
    ['a target too many members', { ...REVOKE, targets: [{ ...target(7), value: 1 }] }, 400, 'request.malformed'],
    ['an index as text', { ...REVOKE, targets: [{ list: LIST_URI, index: '7' }] }, 400, 'request.malformed'],
    ['a duration for a revocation', { ...REVOKE, durationMs: 5 }, 400, 'request.malformed'],
    ['a digest of another length', { ...REVOKE, evidence: [{ class: 'x', digest: 'y' }] }, 400, 'request.malformed'],
    ['more than a door takes', { ...REVOKE, reason: 'x'.repeat(2_200_000) }, 413, 'request.too-large'],
    ['a class the rules do not take', { ...REVOKE, class: 'a mood' }, 422, 'decision.class'],
    [
      'a list nobody opened',
      { ...REVOKE, targets: [{ list: 'https://x.example', index: 1 }] },
      422,
      'decision.list-unknown',
    ],
    ['a suspension too long', { ...REVOKE, power: 'suspend', durationMs: 15 * DAY_MS }, 422, 'decision.duration'],
  ];
  test.each(bodies)('%s', async (_, body, status, code) => {
    const door = await openDoor();
    expect(await door.propose(body)).toMatchObject({ status, json: { code } });
    expect(await door.world.governor.list()).toEqual([]);
  });

  test.each([undefined, '', 'two words', 'x'.repeat(256), 'caf\u00e9'])('the key %j', async (key) => {
    const door = await openDoor();
    const headers = { ...ADMIN, ...(key === undefined ? {} : { 'idempotency-key': key }) };
    const answer = await door.ask('POST', '/decisions', REVOKE, headers);
    expect(answer).toMatchObject({ status: 400, json: { code: 'request.idempotency-key' } });
    expect(await door.world.governor.list()).toEqual([]);
  });

  test('proposals that are not there, or have no possible id', async () => {
    const door = await openDoor();
    expect(await door.ask('GET', '/decisions/nothing')).toMatchObject({
      status: 404,
      json: { code: 'decision.unknown' },
    });
    expect(await door.ask('GET', '/decisions/a%20b')).toMatchObject({
      status: 400,
      json: { code: 'request.malformed' },
    });
    const approval = await door.ask('POST', '/decisions/nothing/approvals', { approval: 'x' });
    expect(approval).toMatchObject({ status: 404, json: { code: 'decision.unknown' } });
  });

  test('approvals that do not count say why', async () => {
    const door = await openDoor();
    const { json } = await door.propose();
    const send = (approval: unknown) => door.ask('POST', `/decisions/${json.id}/approvals`, { approval });
    const { approval } = door.world;
    expect(await send('x')).toMatchObject({ status: 400, json: { code: 'approval.malformed' } });
    expect(await send('x'.repeat(1025))).toMatchObject({ status: 400, json: { code: 'request.malformed' } });
    expect(await send([approval(json.digest, 'officer-a')])).toMatchObject({ status: 400 });
    expect(await send(approval(json.digest, 'officer-c'))).toMatchObject({
      status: 403,
      json: { code: 'approval.role' },
    });
    expect(await send(approval(json.digest, 'x'))).toMatchObject({
      status: 403,
      json: { code: 'approval.unknown-officer' },
    });
    expect((await door.world.governor.find(json.id)).approvals).toEqual([]);
  });
});

test('the shape of a proposal can be written down for others', () => {
  const schema = z.toJSONSchema(proposalBody, { io: 'input', unrepresentable: 'any' });
  expect(isJsonObject(schema)).toBe(true);
  expect(JSON.stringify(schema)).toContain('durationMs');
});
