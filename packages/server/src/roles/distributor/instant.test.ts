import type { Program } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import {
  createDistributorWorld,
  type DistributorWorld,
  type DistributorWorldOptions,
} from '../../../test/distributor-world.ts';
import type { Verification } from '../../ports/verification.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

type Instant = Partial<Extract<Program['allocation'], { mode: 'instant' }>>;

async function open(
  allocation: Instant = {},
  changes: Partial<Program> = {},
  options: DistributorWorldOptions = {},
): Promise<DistributorWorld> {
  const world = await createDistributorWorld({
    ...options,
    program: (program) => ({
      ...program,
      allocation: { mode: 'instant', amount: '100', maxRecipients: 10, ...allocation },
      ...changes,
    }),
  });
  worlds.push(world);
  return world;
}

async function balance(world: DistributorWorld, id: string): Promise<bigint> {
  const [account] = await world.ledger.readAccounts([id as never]);
  return account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
}

const stateOf = async (world: DistributorWorld, application: string) => {
  const { state, code, payment } = await world.distributor.application('relief', application);
  return code ?? payment?.state ?? state;
};

async function applyAll(world: DistributorWorld, count: number): Promise<string[]> {
  const applied: string[] = [];
  for (let i = 0; i < count; i += 1) {
    applied.push((await world.distributor.apply('relief', world.sent(world.person()))).application);
  }
  return applied;
}

function failing(isFailing: () => boolean): DistributorWorldOptions {
  const check = () => (isFailing() ? Promise.reject(new Error('absent')) : undefined);
  return {
    verification: (verification: Verification) => ({
      ...verification,
      verify: (question) => check() ?? verification.verify(question),
      confirm: (id, position) => check() ?? verification.confirm(id, position),
    }),
  };
}

describe('an instant program', () => {
  test('pays while its window is open, and at its end states whom, gives back the rest and forgets what was sent', async () => {
    const world = await open();
    const [ada = ''] = await applyAll(world, 3);
    await world.work(world.distributor, 2);
    const view = await world.distributor.find('relief');
    expect(view).toMatchObject({ phase: 'open', payments: { carried: { count: 3, total: 300n } } });
    await world.close();
    await world.work();
    expect(await world.distributor.find('relief')).toMatchObject({ phase: 'paying', applications: { admitted: 3 } });
    expect((await world.distributor.proof('relief', ada)).seal).toMatchObject({ list: 'admitted' });
    expect(await balance(world, 'program.relief')).toBe(700n);
    await world.epoch(world.verifiers.clock.now() + 2 * 3_600_000);
    await world.work(world.distributor, 2);
    expect(await balance(world, 'program.relief')).toBe(0n);
    expect(await world.store.readKey(world.program.uniqueness.key)).toBeUndefined();
    expect((await world.store.read('relief', ada))?.sealed).toBeUndefined();
    expect(world.events).toEqual([]);
    expect((await world.distributor.handoffs()).handoffs).toEqual([]);
  });

  test('serves who comes first, as long as money and places last', async () => {
    const world = await open(
      { amount: '300', maxRecipients: 3, firstCome: true },
      { budget: '800', reserveMax: '800' },
    );
    const applied = await applyAll(world, 4);
    await world.work(world.distributor, 2);
    const states = await Promise.all(applied.map((application) => stateOf(world, application)));
    expect(states).toEqual(['carried', 'carried', 'application.budget_spent', 'application.budget_spent']);
    expect(await balance(world, 'program.relief')).toBe(200n);
  });

  test('serves in the order of arrival, also by a process that begins when the window is over and the first is not judged', async () => {
    let unanswered = '';
    const world = await open(
      { amount: '300', maxRecipients: 3, firstCome: true },
      { budget: '300', reserveMax: '300' },
      {
        verification: (verification) => ({
          ...verification,
          verify: (question) =>
            unanswered !== '' && question.key?.includes(unanswered) === true
              ? Promise.reject(new Error('absent'))
              : verification.verify(question),
        }),
      },
    );
    const applied = await applyAll(world, 2);
    unanswered = applied[0] ?? '';
    await world.close();
    await world.work();
    await world.work(world.restart());
    expect(await Promise.all(applied.map((one) => stateOf(world, one)))).toEqual(['acknowledged', 'judged']);
    unanswered = '';
    await world.work(world.restart());
    const states = await Promise.all(applied.map((one) => stateOf(world, one)));
    expect(states).toEqual(['carried', 'application.budget_spent']);
  });

  test('keeps to the caps of issuers, and money that came back makes room for who comes later', async () => {
    const caps = [{ issuer: 'https://civic.example', maxAmount: '200' }];
    const world = await open({}, { issuerCaps: caps });
    const people = [1, 2, 3, 4].map(() => world.person());
    const apply = async (i: number) =>
      (await world.distributor.apply('relief', world.sent(people[i] ?? expect.fail()))).application;
    const first = [await apply(0), await apply(1), await apply(2)];
    // They are judged, and revoked before they are asked about again.
    const waiting = world.restart({
      verification: { ...world.options.verification, confirm: () => Promise.reject(new Error('not yet')) },
    });
    await waiting.step();
    world.verifiers.feed.log.revoke([{ list: LIST_URI, index: people[0]?.index ?? 0 }]);
    await world.epoch();
    await world.work(world.distributor, 2);
    const later = await apply(3);
    await world.work(world.distributor, 2);
    const states = await Promise.all([...first, later].map((application) => stateOf(world, application)));
    expect(states).toEqual(['voided', 'carried', 'application.issuer_cap', 'carried']);
  });

  test('counts a person once, the first of several that come at once', async () => {
    const world = await open();
    const twins = ['R-1', 'R-1', 'R-2'].map((id) => world.person(id));
    const applied = await Promise.all(twins.map((one) => world.distributor.apply('relief', world.sent(one))));
    await world.work(world.distributor, 2);
    const states = await Promise.all(applied.map(({ application }) => stateOf(world, application)));
    expect(states).toEqual(['carried', 'application.duplicate_person', 'carried']);
  });

  test('those who came and could not be judged in time are judged at the position of the intake, as money lasts', async () => {
    let isAbsent = true;
    const world = await open(
      { maxRecipients: 2 },
      {},
      failing(() => isAbsent),
    );
    const applied = await applyAll(world, 4);
    await world.work(world.distributor, 1);
    const handoff = { what: 'verification', receiver: 'north', next: 'judged', count: 4 };
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([handoff]);
    await world.close();
    await world.work(world.distributor, 2);
    // The promise that they stand in the intake does not wait for a verifier.
    expect((await world.distributor.find('relief')).phase).toBe('judging');
    isAbsent = false;
    await world.work();
    const states = await Promise.all(applied.map((application) => stateOf(world, application)));
    expect(states).toEqual(['carried', 'carried', 'application.budget_spent', 'application.budget_spent']);
    const { record } = world;
    expect(record().seal).toMatchObject({ admitted: { count: 2 }, refused: { count: 2 } });
    expect(await balance(world, 'program.relief')).toBe(800n);
  });

  test('one who cannot be judged now keeps the place before those who came later', async () => {
    let sick = '';
    const world = await open(
      { amount: '600', maxRecipients: 1 },
      {},
      {
        verification: (verification) => ({
          ...verification,
          verify: (question) =>
            question.presentation === sick ? Promise.reject(new Error('hiccup')) : verification.verify(question),
        }),
      },
    );
    const sent = [1, 2].map(() => world.sent(world.person()));
    sick = sent[0]?.presentation ?? '';
    const applied: string[] = [];
    for (const one of sent) applied.push((await world.distributor.apply('relief', one)).application);
    await world.work(world.distributor, 1);
    expect(await Promise.all(applied.map((application) => stateOf(world, application)))).toEqual([
      'acknowledged',
      'acknowledged',
    ]);
    sick = '';
    await world.work(world.distributor, 2);
    expect(await Promise.all(applied.map((application) => stateOf(world, application)))).toEqual([
      'carried',
      'application.budget_spent',
    ]);
  });

  test('a process that ends after any step is gone on with by the next, and pays nobody twice', async () => {
    const world = await open({ maxRecipients: 4 });
    const applied = await applyAll(world, 6);
    for (let i = 0; i < 24; i += 1) {
      await world.restart().step();
      if (i === 8) await world.close();
      else if (i % 2 === 1) await world.epoch();
    }
    const states = await Promise.all(applied.map((application) => stateOf(world, application)));
    expect(states.filter((state) => state === 'carried')).toHaveLength(4);
    expect(states.slice(4)).toEqual(['application.budget_spent', 'application.budget_spent']);
    expect(await balance(world, 'program.relief')).toBe(600n);
    expect(world.record().seal).toMatchObject({ admitted: { count: 4 }, refused: { count: 2 } });
    expect((await world.ledger.audit()).holds).toBe(true);
  });

  test('two processes at once on one store spend no more than there is, and count nobody twice', async () => {
    const world = await open({ amount: '300', maxRecipients: 2, firstCome: true }, { budget: '1000' });
    const [one, two] = [world.restart(), world.restart()];
    await applyAll(world, 8);
    for (let i = 0; i < 12; i += 1) {
      await Promise.all([one.step(), two.step()]);
      if (i === 6) await world.close();
      else await world.epoch();
    }
    const { payments } = await world.distributor.find('relief');
    expect(payments).toEqual({ carried: { count: 2, total: 600n } });
    expect(await balance(world, 'program.relief')).toBe(400n);
    expect(world.record().seal?.admitted.count).toBeGreaterThanOrEqual(2);
  });

  test('work per application does not grow with how many there are', async () => {
    const world = await open({ amount: '1', maxRecipients: 100 }, { maxApplications: 1000 });
    let rows = 0;
    const counting: typeof world.store = {
      ...world.store,
      async readJudged(program, limit, after) {
        const read = await world.store.readJudged(program, limit, after);
        rows += read.length;
        return read;
      },
    };
    const distributor = world.restart({
      store: counting,
      config: { ...world.options.config, bounds: { maxPerRound: 5 } },
    });
    for (let i = 0; i < 12; i += 1) {
      await applyAll(world, 5);
      await distributor.step();
    }
    expect((await world.distributor.find('relief')).applications.admitted).toBe(60);
    expect(rows).toBe(0);
  });

  test('holds what is doubtful, pays it by no default, and returns it', async () => {
    const world = await open({}, { confirm: { withinMs: 3_600_000, otherwise: 'post' } });
    const [application = ''] = await applyAll(world, 1);
    // Whoever judges has heard nothing for so long that it doubts.
    const doubting = world.restart({
      verification: {
        ...world.options.verification,
        async verify(question) {
          const given = await world.options.verification.verify(question);
          return { ...given, verdict: { ...given.verdict, outcome: 'unknown' as const } };
        },
        confirm: () => Promise.reject(new Error('silent')),
      },
    });
    await doubting.step();
    expect(await stateOf(world, application)).toBe('reserved');
    const { handoffs } = await world.distributor.handoffs();
    const [handoff] = handoffs;
    expect(handoff).toMatchObject({ owner: 'north', next: 'confirmed', count: 1 });
    expect(handoff?.dueBy).toBe((handoff?.since ?? 0) + 3_600_000);
    await world.epoch(world.verifiers.clock.now() + 3_600_000);
    await doubting.step();
    expect(await stateOf(world, application)).toBe('voided');
    expect(await balance(world, 'program.relief')).toBe(1000n);
  });
});
