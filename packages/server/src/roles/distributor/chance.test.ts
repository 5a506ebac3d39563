import { type Program, type Reveal, sha256Base64url } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import {
  type Applicant,
  createDistributorWorld,
  type DistributorWorld,
  type DistributorWorldOptions,
} from '../../../test/distributor-world.ts';
import { sealedListsOf } from './chance.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

const ROUND_MS = 60_000;
const secretOf = (party: string, round: number) => sha256Base64url(`${party} ${round}`);

async function open(changes: Partial<Program> = {}, options: DistributorWorldOptions = {}): Promise<DistributorWorld> {
  const parties = ['red cross', 'city'].map((id) => ({
    id,
    commitments: [0, 1].map((round) => sha256Base64url(secretOf(id, round))),
  }));
  const world = await createDistributorWorld({
    ...options,
    program: (program) =>
      (options.program ?? ((same) => same))({
        ...program,
        allocation: { mode: 'sealed', rule: 'lottery', amount: '100' },
        beacon: { kind: 'commit-reveal', parties, revealWithinMs: ROUND_MS, exhausted: 'cancel' },
        budget: '300',
        ...changes,
      }),
  });
  worlds.push(world);
  return world;
}

const inLog = (program: Program): Program => {
  if (program.beacon?.kind !== 'commit-reveal') throw new Error('the lottery of these tests is of secrets');
  return { ...program, beacon: { ...program.beacon, reveals: 'log' } };
};

async function apply(world: DistributorWorld, count: number): Promise<{ people: Applicant[]; applied: string[] }> {
  const people = Array.from({ length: count }, () => world.person());
  const applied: string[] = [];
  for (const person of people) {
    applied.push((await world.distributor.apply('relief', world.sent(person))).application);
  }
  return { people, applied };
}

async function reveal(world: DistributorWorld, round: number, ...parties: string[]): Promise<void> {
  const { beacon: terms } = world.program;
  if (terms === undefined) expect.fail('it leaves something to chance');
  const seal = sealedListsOf(world.record());
  for (const party of parties) {
    const secret: Omit<Reveal, 'at'> = { party, round, secret: secretOf(party, round) };
    await world.beacon.reveal({ terms, program: world.record().digest, ...(seal && { seal }) }, secret);
  }
}

const payments = async (world: DistributorWorld) => (await world.distributor.find('relief')).payments;

async function balance(world: DistributorWorld, id: string): Promise<bigint> {
  const [account] = await world.ledger.readAccounts([id as never]);
  return account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
}

describe('a lottery', () => {
  test('is drawn once all have revealed, and not before its seal stands in an epoch', async () => {
    const world = await open();
    await apply(world, 5);
    await world.close();
    await expect(reveal(world, 0, 'city')).rejects.toMatchObject({ code: 'beacon.early' });
    await world.work(world.distributor, 3);
    await reveal(world, 0, 'city');
    await world.work(world.distributor, 1);
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([
      { owner: 'red cross', receiver: 'beacon', next: 'drawn', count: 5, dueBy: expect.any(Number) },
    ]);
    await reveal(world, 0, 'red cross');
    await world.work(world.distributor, 3);
    expect(await payments(world)).toEqual({ carried: { count: 3, total: 300n } });
    expect(world.record().draw?.beacon).toMatchObject({ kind: 'commit-reveal', round: 0 });
    expect(await balance(world, 'program.relief')).toBe(0n);
  });

  test('goes to the next round when somebody keeps silent, and pays no issuer’s people more than its cap', async () => {
    const world = await open({ issuerCaps: [{ issuer: 'https://civic.example', maxAmount: '200' }] });
    await apply(world, 5);
    await world.close();
    await world.work(world.distributor, 3);
    await reveal(world, 0, 'city');
    await world.epoch(world.verifiers.clock.now() + ROUND_MS);
    await expect(reveal(world, 0, 'red cross')).rejects.toMatchObject({ code: 'beacon.late' });
    await reveal(world, 1, 'city', 'red cross');
    await world.work(world.distributor, 3);
    expect(world.record().draw?.beacon).toMatchObject({ round: 1 });
    expect(await payments(world)).toEqual({ carried: { count: 2, total: 200n } });
  });

  test('whose secrets stand in the log needs nobody to collect them, and the log says who kept silent', async () => {
    const world = await open({}, { program: inLog });
    await apply(world, 5);
    await world.close();
    await world.work(world.distributor, 3);
    const { log } = world.verifiers.feed;
    const say = (party: string, round: number) => {
      const name = `one-off ${party} ${round}`;
      const { jwk: key } = log.signatures.key(name);
      const body = { type: 'reveal', v: 1, program: 'relief', party, round, secret: secretOf(party, round), key };
      return log.append(log.statement(body, name));
    };
    expect(say('city', 0).ok).toBe(true);
    await world.epoch();
    await world.work(world.distributor, 1);
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([{ owner: 'red cross', next: 'drawn' }]);
    // Told to whoever runs the program, it counts for nothing.
    await expect(reveal(world, 0, 'red cross')).resolves.toBeUndefined();
    await world.epoch(world.verifiers.clock.now() + ROUND_MS);
    await world.work(world.distributor, 1);
    expect(world.record().draw).toBeUndefined();
    for (const party of ['city', 'red cross']) expect(say(party, 1).ok).toBe(true);
    await world.epoch();
    await world.work(world.distributor, 3);
    expect(world.record().draw?.beacon).toMatchObject({ kind: 'commit-reveal', round: 1 });
    expect(await payments(world)).toEqual({ carried: { count: 3, total: 300n } });
  });

  test('whose secrets stand in the log ends by the log’s time, however far the distributor’s clock runs ahead', async () => {
    const world = await open({}, { program: inLog });
    await apply(world, 2);
    await world.close();
    await world.work(world.distributor, 3);
    world.verifiers.clock.jump(10 * ROUND_MS);
    await world.distributor.step();
    expect(world.events.some(({ code }) => code === 'program.no-draw')).toBe(false);
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([{ owner: 'red cross, city', next: 'drawn' }]);
  });

  test('that nobody lets be drawn names who kept silent, and gives the budget back', async () => {
    const world = await open();
    const { applied } = await apply(world, 2);
    await world.close();
    await world.work(world.distributor, 3);
    // A clock that runs ahead ends nothing: the log's time does.
    world.verifiers.clock.jump(30 * 86_400_000);
    await world.distributor.step();
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([
      { owner: 'red cross, city', next: 'returned' },
    ]);
    expect(await balance(world, 'program.relief')).toBe(300n);
    world.verifiers.clock.jump(-30 * 86_400_000);
    await world.epoch(world.verifiers.clock.now() + 2 * ROUND_MS);
    await world.work(world.distributor, 1);
    const { handoffs } = await world.distributor.handoffs();
    const [handoff] = handoffs;
    expect(handoff).toMatchObject({ owner: 'red cross, city', next: 'returned', amount: 300n });
    expect(world.events).toMatchObject([{ code: 'program.no-draw' }]);
    await world.epoch(handoff?.dueBy);
    await world.work(world.restart(), 2);
    expect(await balance(world, 'program.relief')).toBe(0n);
    expect(await balance(world, 'treasury.EUR')).toBe(0n);
    expect((await world.store.read('relief', applied[0] ?? ''))?.sealed).toBeUndefined();
    expect((await world.distributor.handoffs()).handoffs).toEqual([]);
  });

  test.each([0, 3_600_000])('pays the next in line for each that was revoked, appeal time %i', async (appealMs) => {
    let isCut = true;
    const world = await open(
      { returned: 'next', appealMs },
      {
        verification: (verification) => ({
          ...verification,
          confirm: (id, position) =>
            isCut ? Promise.reject(new Error('cut off')) : verification.confirm(id, position),
        }),
      },
    );
    const { people, applied } = await apply(world, 5);
    await world.close();
    await world.work(world.distributor, 3);
    await reveal(world, 0, 'city', 'red cross');
    await world.work(world.distributor, 2);
    expect(await payments(world)).toEqual({ reserved: { count: 3, total: 300n } });
    const drawn = await Promise.all(applied.map((application) => world.store.read('relief', application)));
    const revoked = people.filter((_, i) => drawn[i]?.payment !== undefined).slice(0, 2);
    world.verifiers.feed.log.revoke(revoked.map(({ index }) => ({ list: LIST_URI, index })));
    await world.epoch();
    isCut = false;
    await world.work();
    expect(await payments(world)).toEqual({ carried: { count: 3, total: 300n }, voided: { count: 2, total: 200n } });
    expect(await balance(world, 'program.relief')).toBe(0n);
    expect(world.events.filter(({ code }) => code !== 'internal')).toEqual([]);
    expect((await world.ledger.audit()).holds).toBe(true);
  });

  test('whoever is next has the same time to be confirmed as everybody before', async () => {
    let confirming = 0;
    const world = await open(
      { returned: 'next', budget: '100' },
      {
        verification: (verification) => ({
          ...verification,
          confirm: () => {
            confirming += 1;
            return Promise.reject(new Error('cut off'));
          },
        }),
      },
    );
    await apply(world, 3);
    await world.close();
    await world.work(world.distributor, 3);
    await reveal(world, 0, 'city', 'red cross');
    await world.work(world.distributor, 2);
    await world.epoch(world.verifiers.clock.now() + world.program.confirm.withinMs);
    await world.work(world.distributor, 2);
    expect(confirming).toBeGreaterThan(0);
    // The first had their time; the second is not passed over in the same breath.
    expect(await payments(world)).toEqual({ reserved: { count: 1, total: 100n }, voided: { count: 1, total: 100n } });
  });
});

describe('a program that shares by weight', () => {
  test('weighs what is attested, caps each, and leaves what rounding leaves', async () => {
    const world = await createDistributorWorld({
      program: (program) => ({
        ...program,
        query: {
          credentials: [
            {
              id: 'r',
              format: 'dc+sd-jwt',
              meta: { vct_values: ['residence'] },
              claims: [{ path: ['resident_id'] }, { path: ['household'] }],
            },
          ],
        },
        allocation: { mode: 'sealed', rule: 'pro-rata', weight: 'claims.household * 2', cap: '500' },
      }),
    });
    worlds.push(world);
    const seconds = Math.floor(world.verifiers.clock.now() / 1000);
    const states: string[] = [];
    for (const [i, household] of [1, 2, 20, -1, 'many'].entries()) {
      const person = world.person();
      const claims = { resident_id: `H-${i}`, household, iat: seconds };
      const status = { uri: LIST_URI, index: person.index };
      const credential = world.verifiers.credential({ holder: person.holder.jwk, status, claims });
      const sent = world.sent({ ...person, credential });
      states.push((await world.distributor.apply('relief', sent)).application);
    }
    await world.close();
    await world.work();
    const views = await Promise.all(states.map((application) => world.distributor.application('relief', application)));
    expect(views.map(({ code, payment }) => code ?? payment?.amount)).toEqual([
      166n,
      333n,
      500n,
      'application.weight_unanswered',
      'application.weight_unanswered',
    ]);
    expect(await balance(world, 'program.relief')).toBe(1n);
  });
});
