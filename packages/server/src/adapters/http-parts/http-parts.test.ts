import { CodedError, encodePersonCode, personCodeDigest } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { createCaseWorld } from '../../../test/case-world.ts';
import { createDistributorWorld } from '../../../test/distributor-world.ts';
import { mattersIn } from '../../../test/matters-world.ts';
import { handlesRoute } from '../../http/handles-route.ts';
import { hashOperatorKey } from '../../http/operators.ts';
import { factsRoutes } from '../../http/parts/facts-routes.ts';
import { mattersRoutes } from '../../http/parts/matters-routes.ts';
import { numbersRoutes } from '../../http/parts/numbers-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import { describeMatters, type MattersWorld } from '../../ports/matters.contract.ts';
import type { Matters } from '../../ports/matters.ts';
import { describePartFacts, TOLD } from '../../ports/part-facts.contract.ts';
import type { ToldFacts } from '../../ports/part-facts.ts';
import { createPartDesk } from '../../roles/overview/part-desk.ts';
import { createIssuerStoreMemory } from '../memory/issuer-store.ts';
import { createHttpMatters } from './matters.ts';
import { createHttpPartFacts } from './part-facts.ts';
import { createHttpHandles } from './part-handles.ts';
import { createHttpPartNumbers } from './part-numbers.ts';

const KEY = 'k'.repeat(32);
const operators = { admin: [hashOperatorKey(KEY)] };
const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (_: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
};

/** A process that is reached over HTTP, as far as its answers go. */
async function behindHttp(open: (app: FastifyInstance) => void, operatorKey = KEY) {
  const app = await createHttpServer(false);
  onTestFinished(() => app.close());
  open(app);
  const asked: typeof fetch = async (input, { method, headers, body } = {}) => {
    const { pathname } = new URL(String(input));
    const { statusCode, body: answer } = await app.inject({
      ...{ method: method === 'POST' ? ('POST' as const) : ('GET' as const), url: pathname },
      ...{ headers: headers as Record<string, string> },
      ...(body === undefined ? {} : { payload: String(body) }),
    });
    return new Response(answer, { status: statusCode });
  };
  return { url: 'https://network.example', operatorKey, fetch: asked };
}

async function peopleWorld(): Promise<MattersWorld> {
  const cases = await createCaseWorld();
  const money = await createDistributorWorld();
  onTestFinished(() => money[Symbol.asyncDispose]());
  const offers = createIssuerStoreMemory();
  const offer = encodePersonCode('credential', new Uint8Array(13).fill(7));
  const until = cases.clock.now() + 60_000;
  const secrets = { seed: 's', request: 'r', link: 'l', code: 'c', person: personCodeDigest(offer) };
  const made = { tenant: 'civic', id: 'o', type: 'residence', claims: new Uint8Array(), until, forgetAt: until };
  await offers.appendOffer({ ...secrets, ...made }, 10);
  const { code: application } = await money.distributor.apply('relief', money.sent(money.person()));
  const about = { about: 'credential', class: 'residence-ended', remedy: 'reinstate' } as const;
  const subject = { list: LIST_URI, index: 7 };
  const filed = await cases.desk.file({ ...about, subject, statement: 'I live here.' }, { operator: 'admin' }, 'k');
  await cases.tick();
  return {
    matters: mattersIn({ cases, money, offers }),
    codes: { application, offer, case: filed.code },
    filing: { ...about, subject: { list: LIST_URI, index: 9 }, statement: 'So do I.' },
    tick: cases.tick,
  };
}

describeMatters('the matters of people in one process', peopleWorld);
describeMatters('the matters of people in processes of their own', async () => {
  const world = await peopleWorld();
  const way = await behindHttp((app) => mattersRoutes(app, { matters: world.matters, operators }));
  return { ...world, matters: createHttpMatters(way) };
});

function deskOf(read: () => Promise<ToldFacts>) {
  return createPartDesk({
    clock,
    part: 'ledger',
    sources: [{ part: 'what is said', owner: 'ops', needs: 'database', read }],
  });
}
describePartFacts('a role as it says itself', async (said) => deskOf(said));
describePartFacts('a role as it says over HTTP', async (said) => {
  const way = await behindHttp((app) => factsRoutes(app, { facts: deskOf(said), operators }));
  return createHttpPartFacts({ ...way, part: 'ledger' });
});

it('takes an answer that is none for no answer: who hangs, lies, has gone, or is asked with another key', async () => {
  const way = await behindHttp((app) => factsRoutes(app, { facts: deskOf(async () => TOLD), operators }));
  const unreachable = { code: 'part.unreachable', details: { part: 'ledger' } };
  const answers: readonly (typeof fetch)[] = [
    () => Promise.reject(new Error('ECONNREFUSED')),
    async () => new Response('<html>', { status: 200 }),
    async () => new Response('{"ledgerHolds":"yes"}', { status: 200 }),
    async () => new Response(`{"parts":[${'9,'.repeat(900_000)}9]}`, { status: 200 }),
    async () => new Response('{"code":"operator.unauthorized"}', { status: 401 }),
    (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
  ];
  for (const answer of answers) {
    const facts = createHttpPartFacts({ ...way, fetch: answer, part: 'ledger', timeoutMs: 50 });
    await expect(facts.read()).rejects.toMatchObject(unreachable);
  }
  const stranger = createHttpPartFacts({ ...way, operatorKey: 'x'.repeat(32), part: 'ledger' });
  await expect(stranger.read()).rejects.toMatchObject(unreachable);
});

describe('numbers of a role in another process', () => {
  const numbers = [
    { gauge: 'holdfast_log_size', value: 7 },
    { gauge: 'holdfast_witness_behind_entries', labels: { witness: 'w1' }, value: 0.5 },
  ] as const;
  const own = { gauge: 'holdfast_feed_subscribers', value: 3 } as const;

  it('are those of the network, not of that process', async () => {
    const way = await behindHttp((app) =>
      numbersRoutes(app, { part: 'network', numbers: [() => numbers, () => [own]], operators }),
    );
    expect(await createHttpPartNumbers({ ...way, part: 'network' })()).toEqual(numbers);
    const stranger = createHttpPartNumbers({ ...way, operatorKey: 'x'.repeat(32), part: 'network' });
    await expect(stranger()).rejects.toMatchObject({ code: 'part.unreachable' });
  });

  it('are no answer where they have another name, other labels, or no value', async () => {
    const [size, behind] = numbers;
    for (const said of [
      own,
      { ...size, labels: { person: 'ada' } },
      { ...behind, labels: {} },
      { ...size, value: 'x' },
    ]) {
      const fetch: typeof globalThis.fetch = async () => new Response(JSON.stringify({ numbers: [said] }));
      const ask = createHttpPartNumbers({ url: 'https://network.example', operatorKey: KEY, fetch, part: 'network' });
      await expect(ask(), JSON.stringify(said)).rejects.toMatchObject({ code: 'part.unreachable' });
    }
  });
});

describe('handles of roles in other processes', () => {
  const target = { salt: 'c2FsdHNhbHRzYWx0c2FsdA', list: LIST_URI, index: 7 };
  const months = ['2026-11'];
  const handle = 'a'.repeat(32);
  const opened = (role: string) => ({ entry: 12, roles: [{ role, handles: { '2026-11': handle } }] });
  const gather = async (open: (app: FastifyInstance) => void) =>
    createHttpHandles({ ...(await behindHttp(open)), parts: ['governor', 'issuer'] })(target, months);

  it('are told together; who is away is named, and silence of all is no answer', async () => {
    const door = (app: FastifyInstance, role: string) =>
      handlesRoute(app, { path: `/handles/${role}`, open: async () => opened(role), operators });
    const both = await gather((app) => ['governor', 'issuer'].forEach((role) => void door(app, role)));
    expect(both).toMatchObject({ entry: 12, roles: [{ role: 'governor' }, { role: 'issuer' }], silent: [] });
    const one = await gather((app) => door(app, 'issuer'));
    expect(one).toMatchObject({ roles: [{ role: 'issuer' }], silent: ['governor'] });
    await expect(gather(() => undefined)).rejects.toMatchObject({ code: 'part.unreachable' });
  });

  it('are told by nobody whose log does not allow it', async () => {
    const undecided = async () => Promise.reject(new CodedError('handles.not-decided', 'No decision allows it.'));
    const asked = gather((app) => handlesRoute(app, { path: '/handles/issuer', open: undecided, operators }));
    await expect(asked).rejects.toMatchObject({ code: 'handles.not-decided' });
  });
});

it('opens no door of a role that is not here, and none to who may only look', async () => {
  const { matters } = await peopleWorld();
  const { findApplication } = matters;
  const reader = 'r'.repeat(32);
  const named = () => [{ name: 'reader', role: 'viewer', hash: hashOperatorKey(reader) }] as never;
  const own: Pick<Matters, 'findApplication'> = { findApplication };
  const way = await behindHttp(
    (app) => mattersRoutes(app, { matters: own, operators: { ...operators, named } }),
    reader,
  );
  await expect(createHttpMatters(way).findApplication('A'.repeat(43))).rejects.toMatchObject({
    code: 'part.unreachable',
  });
  const open = createHttpMatters({ ...way, operatorKey: KEY });
  expect(await open.findApplication('A'.repeat(43))).toBeUndefined();
  await expect(open.findOffer('A'.repeat(43))).rejects.toMatchObject({ code: 'part.unreachable' });
});
