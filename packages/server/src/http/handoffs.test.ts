import { CodedError, type Handoff } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../core/test/log-builder.ts';
import { createDistributorWorld } from '../../test/distributor-world.ts';
import { createGovernorWorld, settle } from '../../test/governor-world.ts';
import { decisionHandoffs, type HandoffSource, handoffRoutes } from './handoffs.ts';
import { openapiRoute } from './openapi.ts';
import { hashOperatorKey } from './operators.ts';
import { createHttpServer } from './server.ts';

const KEY = 'admin-key-of-these-tests';
const ADMIN = { authorization: `Bearer ${KEY}` };

const worlds: AsyncDisposable[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function serve(...sources: readonly HandoffSource[]) {
  const app = await createHttpServer(false);
  await openapiRoute(app);
  handoffRoutes(app, { sources, operators: { admin: [hashOperatorKey(KEY)] } });
  return (headers: object = ADMIN, url = '/handoffs') => app.inject({ url, headers: { ...headers } });
}

const waiting = (changes: Partial<Handoff>): Handoff => ({
  what: 'transfer',
  of: 'relief',
  giver: 'relief-office',
  receiver: 'south',
  owner: 'south',
  count: 2,
  since: 20,
  next: 'confirmed',
  ...changes,
});

describe('what is on its way', () => {
  test('is told by all roles in one list, the oldest first, with amounts in digits', async () => {
    const get = await serve(
      async () => ({ handoffs: [waiting({ amount: 2n ** 70n, dueBy: 90 }), waiting({ since: 30 })], more: 7 }),
      async () => ({ handoffs: [waiting({ what: 'decision', since: 10, next: 'approved' })], more: 0 }),
    );
    const answer = await get();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { handoffs, ...figures } = answer.json<{ handoffs: readonly Record<string, unknown>[] }>();
    expect(figures).toEqual({ count: 6, more: 7 });
    expect(handoffs.map(({ since }) => since)).toEqual([10, 20, 30]);
    expect(handoffs[1]).toEqual({ ...waiting({ dueBy: 90 }), amount: '1180591620717411303424' });
  });

  test('is nothing where every crossing is complete', async () => {
    const get = await serve(async () => ({ handoffs: [], more: 0 }));
    expect((await get()).json()).toEqual({ count: 0, more: 0, handoffs: [] });
  });

  test('is shown to nobody without an operator’s key, and no role is asked', async () => {
    let asked = 0;
    const get = await serve(async () => {
      asked += 1;
      return { handoffs: [], more: 0 };
    });
    for (const headers of [{}, { authorization: 'Bearer another-key-of-16-characters' }, { authorization: KEY }]) {
      const answer = await get(headers);
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'operator.unauthorized']);
    }
    expect(asked).toBe(0);
  });

  test('is told in part to whoever asks for the names of those who do not say', async () => {
    const silent = async () => {
      throw new CodedError('part.unreachable', 'The eraser does not answer.', { part: 'eraser' });
    };
    const get = await serve(async () => ({ handoffs: [waiting({})], more: 0 }), silent, silent);
    expect((await get()).statusCode).toBe(503);
    const answer = await get(ADMIN, '/handoffs?silent=named');
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { count: 2, silent: ['eraser'] }]);
    expect((await get(ADMIN, '/handoffs?silent=yes')).statusCode).toBe(400);
    const broken = await serve(async () => {
      throw new CodedError('database.unreachable', 'The database does not answer.');
    });
    expect((await broken(ADMIN, '/handoffs?silent=named')).statusCode).toBe(503);
  });

  test('is not told in part: a role that cannot say fails the whole', async () => {
    const get = await serve(
      async () => ({ handoffs: [waiting({})], more: 0 }),
      async () => {
        throw new CodedError('database.unreachable', 'The database does not answer.');
      },
    );
    const answer = await get();
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'database.unreachable']);
    expect(answer.body).not.toContain('relief-office');
  });

  test('is described for developers', async () => {
    const get = await serve();
    const { paths } = (await get({}, '/openapi.json')).json();
    expect(paths['/handoffs'].get).toMatchObject({ security: [{ operator: [] }], responses: { 200: {} } });
    expect(JSON.stringify(paths['/handoffs'])).toContain('"amount":{"type":"string"}');
  });
});

describe('a decision', () => {
  test('is the officers’ until enough have signed, and then nobody’s', async () => {
    const world = await createGovernorWorld();
    const get = await serve(async () => ({ handoffs: decisionHandoffs(await world.governor.list()), more: 0 }));
    const target = { list: LIST_URI, index: 7 };
    const asked = { power: 'revoke' as const, class: 'residence-ended', targets: [target], reason: 'moved away' };
    const proposal = await world.governor.propose(asked, 'key-1');
    const { handoffs } = (await get()).json();
    expect(handoffs).toMatchObject([
      { what: 'decision', of: proposal.id, receiver: 'officers', next: 'approved', count: 1, dueBy: proposal.dueAt },
    ]);
    expect(JSON.stringify(handoffs)).not.toMatch(/moved away|residence|lists/);
    const approvals = ['officer-a', 'officer-b'].map((officer) => world.approval(proposal.digest, officer));
    await world.governor.approve(proposal.id, String(approvals[0]));
    expect((await get()).json().handoffs).toHaveLength(1);
    const done = world.governor.approve(proposal.id, String(approvals[1]));
    // Whoever makes the quorum waits for the epoch.
    for (let i = 0; i < 5; i += 1) await settle();
    world.epoch();
    await done;
    expect((await get()).json()).toEqual({ count: 0, more: 0, handoffs: [] });
  });
});

describe('an application', () => {
  test('has an owner at each step from the end of the window to its payment, and none afterwards', async () => {
    const world = await createDistributorWorld();
    worlds.push(world);
    const get = await serve(() => world.distributor.handoffs());
    const { application } = await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    expect((await get()).json().handoffs).toMatchObject([
      {
        what: 'application',
        of: 'relief',
        owner: world.distributor.id,
        receiver: 'network',
        count: 1,
        since: world.program.window.closesAt,
        dueBy: world.program.window.closesAt + world.program.intakeWithinMs,
        next: 'taken-in',
      },
    ]);
    await world.distributor.step();
    await world.epoch();
    const judging = await get();
    expect(judging.json().handoffs).toMatchObject([{ what: 'verification', receiver: 'north', next: 'judged' }]);
    expect(judging.body).not.toContain(application);
    await world.work();
    expect((await get()).json()).toEqual({ count: 0, more: 0, handoffs: [] });
  });
});
