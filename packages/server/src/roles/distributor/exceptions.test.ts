import { instructionOn, type Program } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { exceptionAfter } from '../../../../core/test/test-program.ts';
import {
  type Applicant,
  createDistributorWorld,
  type DistributorWorld,
  type DistributorWorldOptions,
} from '../../../test/distributor-world.ts';
import { createFaults, type Fault } from '../../../test/faults.ts';
import { quickCases, ruledBy, ruleOn } from '../../../test/rulings.ts';
import { createTestDatabase } from '../../../test/test-database.ts';
import { createDistributorStoreMemory } from '../../adapters/memory/distributor-store.ts';
import { createLedgerStoreMemory } from '../../adapters/memory/ledger-store.ts';
import { openDatabase } from '../../adapters/postgres/database.ts';
import {
  createDistributorStorePostgres,
  distributorStoreMigrations,
} from '../../adapters/postgres/distributor-store.ts';
import { createLedgerStorePostgres, ledgerStoreMigrations } from '../../adapters/postgres/ledger-store.ts';
import { migrate } from '../../adapters/postgres/migration.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

type Instant = Partial<Extract<Program['allocation'], { mode: 'instant' }>>;

async function open(
  allocation: Instant | 'sealed' = {},
  changes: Partial<Program> = {},
  options: DistributorWorldOptions = {},
): Promise<DistributorWorld> {
  const world = await createDistributorWorld({
    rules: quickCases,
    ...options,
    program: (program) => ({
      ...program,
      window: { ...program.window, closesAt: program.window.closesAt + 600_000 },
      ...(allocation === 'sealed'
        ? {}
        : { allocation: { mode: 'instant', amount: '100', maxRecipients: 10, ...allocation } }),
      ...changes,
    }),
  });
  worlds.push(world);
  return world;
}

const ONLY_ADULTS = { eligibility: 'claims.resident_id != "R-1"' };

async function apply(world: DistributorWorld, person: Applicant = world.person()): Promise<string> {
  return (await world.distributor.apply('relief', world.sent(person))).application;
}

const stateOf = async (world: DistributorWorld, application: string) => {
  const { state, code, payment } = await world.distributor.application('relief', application);
  return code ?? payment?.state ?? state;
};

async function left(world: DistributorWorld): Promise<bigint> {
  const [account] = await world.ledger.readAccounts(['program.relief' as never]);
  return account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
}

const exceptions = async (world: DistributorWorld) =>
  ((await world.distributor.find('relief')).exceptions ?? []).map(({ kind, state, why }) => [kind, state, why]);
const crossings = async (world: DistributorWorld) =>
  (await world.distributor.handoffs()).handoffs
    .filter(({ what }) => what === 'exception')
    .map(({ next, count, owner }) => ({ next, count, owner }));
const admission = (digest: string) => ({ of: 'application', program: 'relief', digest }) as const;
const payment = (application: string, act: 'settle' | 'cancel') =>
  ({ of: 'payment', program: 'relief', digest: instructionOn('relief', application, act) }) as const;

/** Money stays set aside: whoever is asked about it is silent. */
const silent = (world: DistributorWorld) =>
  world.restart({
    verification: { ...world.options.verification, confirm: () => Promise.reject(new Error('silent')) },
  });

describe('an application that a case admits', () => {
  test('was refused by the rules, and is paid as if they had said yes: once, and nobody has to do anything', async () => {
    const world = await open({}, ONLY_ADULTS);
    const ada = await apply(world);
    await world.work(world.distributor, 1);
    expect(await stateOf(world, ada)).toBe('application.not_eligible');
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe('carried');
    expect(await world.distributor.application('relief', ada)).toMatchObject({ exception: expect.any(Number) });
    expect(await exceptions(world)).toEqual([['admission', 'carried-out', undefined]]);
    expect(await crossings(world)).toEqual([]);
    await world.work(world.restart(), 3);
    expect([await left(world), (await world.distributor.find('relief')).payments]).toEqual([
      900n,
      { carried: { count: 1, total: 100n } },
    ]);
    await world.close();
    await world.work(world.restart());
    expect(world.record().seal).toMatchObject({ admitted: { count: 1 }, refused: { count: 0 } });
    expect(world.events).toEqual([]);
  });

  test('is paid although its credential was revoked before and after: that is what was ruled', async () => {
    const world = await open();
    const person = world.person();
    world.verifiers.feed.log.revoke([{ list: LIST_URI, index: person.index }]);
    await world.epoch();
    const ada = await apply(world, person);
    await world.work(world.distributor, 1);
    expect(await stateOf(world, ada)).toBe('application.credential_revoked');
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe('carried');
  });

  test('counts as one person, who is paid once', async () => {
    const world = await open({}, { eligibility: 'issuer == "nobody" || claims.resident_id != "R-1"' });
    const first = world.person('R-2');
    await apply(world, first);
    const again = world.person('R-2');
    await world.work(world.distributor, 1);
    const second = await apply(world, again);
    await world.work(world.distributor, 1);
    expect(await stateOf(world, second)).toBe('application.duplicate_person');
    await ruleOn(ruledBy(world), 'admit', admission(second));
    await world.work(world.distributor, 3);
    expect(await stateOf(world, second)).toBe('application.duplicate_person');
    expect(await exceptions(world)).toEqual([['admission', 'refused', 'application.duplicate_person']]);
    expect(await crossings(world)).toEqual([{ next: 'ruled-otherwise', count: 1, owner: world.program.organiser }]);
    expect(await left(world)).toBe(900n);
  });

  test('is paid as money lasts, and no longer', async () => {
    const world = await open({ amount: '600', maxRecipients: 1 }, ONLY_ADULTS);
    const ada = await apply(world);
    await apply(world);
    await world.work(world.distributor, 1);
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe('application.budget_spent');
    expect(await exceptions(world)).toEqual([['admission', 'refused', 'application.budget_spent']]);
    expect(await left(world)).toBe(400n);
    await world.close();
    await world.work();
    expect(world.record().seal).toMatchObject({ admitted: { count: 1 }, refused: { count: 1 } });
  });

  test('takes nobody else’s place by a credential that nobody issued', async () => {
    const world = await open();
    const person = world.person();
    const [jwt = '', ...rest] = person.credential.split('~');
    const [head, body] = jwt.split('.');
    const [, , signature] = (world.person().credential.split('~')[0] ?? '').split('.');
    const forged = [[head, body, signature].join('.'), ...rest].join('~');
    const ada = await apply(world, { ...person, credential: forged });
    await world.work(world.distributor, 1);
    const before = await stateOf(world, ada);
    expect(before).toMatch(/^application\./);
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe(before);
    expect(await exceptions(world)).toMatchObject([
      ['admission', 'refused', expect.stringMatching(/unproved|invalid/)],
    ]);
    expect(await left(world)).toBe(1000n);
  });

  test('is judged by the exception where all are judged at one position, if it stood in the log there', async () => {
    const world = await open('sealed', ONLY_ADULTS);
    const ada = await apply(world);
    const bob = await apply(world);
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    expect(await exceptions(world)).toEqual([['admission', 'waiting', undefined]]);
    expect(await crossings(world)).toEqual([{ next: 'carried-out', count: 1, owner: world.program.organiser }]);
    await world.close();
    await world.work();
    expect([await stateOf(world, ada), await stateOf(world, bob)]).toEqual(['carried', 'carried']);
    expect(world.record().seal?.admitted.count).toBe(2);
  });

  test('that nobody sent changes nothing, and is told', async () => {
    const world = await open();
    await ruleOn(ruledBy(world), 'admit', admission('n'.repeat(43)));
    await world.work(world.distributor, 2);
    expect(await exceptions(world)).toEqual([['admission', 'unknown', undefined]]);
    expect(await left(world)).toBe(1000n);
  });
});

describe('an application that is admitted after the lists were made', () => {
  const CAPPED = { allocation: { mode: 'sealed', rule: 'equal-capped', cap: '25' } } as const;

  async function sealedWithout(changes: Partial<Program> = {}) {
    const world = await open('sealed', { ...ONLY_ADULTS, ...CAPPED, ...changes });
    const [ada, bob] = [await apply(world), await apply(world)];
    await world.close();
    await world.work();
    expect([await stateOf(world, ada), await stateOf(world, bob)]).toEqual(['application.not_eligible', 'carried']);
    return { world, ada, bob, lists: world.record().seal };
  }

  test('gets what the others got, from what the program has not given; the lists stay as they are', async () => {
    const { world, ada, lists } = await sealedWithout();
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.restart(), 3);
    expect(await stateOf(world, ada)).toBe('carried');
    const { payments, applications } = await world.distributor.find('relief');
    expect(payments).toEqual({ carried: { count: 2, total: 50n } });
    expect(applications).toEqual({ all: 2, unjudged: 0, admitted: 2, refused: 0 });
    expect(await left(world)).toBe(950n);
    expect(await exceptions(world)).toEqual([['admission', 'carried-out', undefined]]);
    expect(await crossings(world)).toEqual([]);
    expect(world.record().seal).toEqual(lists);
    // Who looks a proof up afterwards gets one of the lists that stand in the log.
    const { seal } = await world.restart().proof('relief', ada);
    expect(seal).toMatchObject({ list: 'refused', leaf: { code: 'application.not_eligible' } });
    expect(world.events).toEqual([]);
  });

  test('waits where everything is given, takes from nobody, and is told at the end that there was nothing', async () => {
    const { world, ada } = await sealedWithout({ budget: '25' });
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.distributor, 2);
    expect(await exceptions(world)).toEqual([['admission', 'waiting', 'application.budget_spent']]);
    expect(await stateOf(world, ada)).toBe('admitted');
    expect(await left(world)).toBe(0n);
    await world.epoch(world.verifiers.clock.now() + 3 * 3_600_000);
    await world.work(world.distributor, 3);
    expect(await exceptions(world)).toEqual([['admission', 'refused', 'application.budget_spent']]);
    expect(await crossings(world)).toEqual([{ next: 'ruled-otherwise', count: 1, owner: world.program.organiser }]);
  });

  test('is nobody who counts already', async () => {
    const world = await open('sealed', { ...ONLY_ADULTS, ...CAPPED });
    const twice = 'R-1';
    const first = await apply(world, world.person(twice));
    const second = await apply(world, world.person(twice));
    await world.close();
    await world.work();
    for (const one of [first, second]) await ruleOn(ruledBy(world), 'admit', admission(one));
    await world.work(world.distributor, 3);
    expect((await exceptions(world)).map(([, state]) => state).sort()).toEqual(['carried-out', 'refused']);
    expect((await world.distributor.find('relief')).payments).toEqual({ carried: { count: 1, total: 25n } });
  });

  test('comes too late when its program has ended', async () => {
    const { world, ada } = await sealedWithout();
    await world.epoch(world.verifiers.clock.now() + 3 * 3_600_000);
    await world.work(world.distributor, 2);
    await ruleOn(ruledBy(world), 'admit', admission(ada));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe('application.not_eligible');
    expect(await exceptions(world)).toEqual([['admission', 'too-late', 'application.not_eligible']]);
    expect(await crossings(world)).toEqual([{ next: 'ruled-otherwise', count: 1, owner: world.program.organiser }]);
  });

  test('is paid once, killed at whatever call', async () => {
    const done = { payments: { carried: { count: 2, total: 50n } }, left: 950n };
    for (let number = 0, last = 1; number <= last; number += 1) {
      const { world, ada } = await sealedWithout();
      const faults = createFaults(new Map(number === 0 ? [] : [[number, 'unheard' as const]]));
      await ruleOn(ruledBy(world), 'admit', admission(ada));
      faults.arm();
      for (let i = 0; i < 3; i += 1) {
        await world.restart({ store: faults.wrap(world.store) }).step();
        await world.epoch();
      }
      faults.disarm();
      await world.work(world.restart(), 2);
      const { payments } = await world.distributor.find('relief');
      expect({ number, payments, left: await left(world) }).toEqual({ number, ...done });
      if (number === 0) last = Math.min(12, faults.calls.length);
    }
  });
});

describe('a payment that a case is about', () => {
  async function reserved(changes: Partial<Program> = {}) {
    const world = await open({}, changes);
    const ada = await apply(world);
    await silent(world).step();
    expect(await stateOf(world, ada)).toBe('reserved');
    return { world, ada };
  }

  test('is made when the case releases it, although nobody confirms it', async () => {
    const { world, ada } = await reserved();
    await ruleOn(ruledBy(world), 'release', payment(ada, 'settle'));
    await silent(world).step();
    expect(await stateOf(world, ada)).toBe('carried');
    const kept = await world.store.read('relief', ada);
    expect(kept?.payment?.settledBy).toMatch(/^entry-[0-9]+$/);
    await world.work(silent(world), 1);
    expect(await exceptions(world)).toEqual([['payment', 'waiting', undefined]]);
    await world.work(world.distributor, 2);
    expect(await exceptions(world)).toEqual([['payment', 'carried-out', undefined]]);
    expect(await left(world)).toBe(900n);
  });

  test('goes back when the case returns it, although everybody would confirm it', async () => {
    const { world, ada } = await reserved();
    await ruleOn(ruledBy(world), 'return', payment(ada, 'cancel'));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe('voided');
    expect(await exceptions(world)).toEqual([['payment', 'carried-out', undefined]]);
    expect(await left(world)).toBe(1000n);
  });

  test('is held back while the case is open, past the time of its default and whoever confirms it', async () => {
    const { world, ada } = await reserved({ confirm: { withinMs: 1000, otherwise: 'return' } });
    await ruleOn(ruledBy(world), 'release', payment(ada, 'settle'), true);
    const stages = () => [...world.verifiers.follower.state.docket.cases.values()].map(({ stage }) => stage);
    await world.epoch();
    expect(stages()).toEqual(['triaged']);
    await world.distributor.step();
    await silent(world).step();
    expect(await stateOf(world, ada)).toBe('reserved');
    while (stages()[0] !== 'final') await world.epoch();
    await silent(world).step();
    expect(await stateOf(world, ada)).toBe('carried');
  });

  test('stays paid when it is to be returned after it was: that is told as what came too late', async () => {
    const world = await open();
    const ada = await apply(world);
    await world.work(world.distributor, 1);
    expect(await stateOf(world, ada)).toBe('carried');
    await ruleOn(ruledBy(world), 'return', payment(ada, 'cancel'));
    await world.work(world.distributor, 2);
    expect(await stateOf(world, ada)).toBe('carried');
    expect(await exceptions(world)).toEqual([['payment', 'too-late', 'carried']]);
    expect(await crossings(world)).toEqual([{ next: 'ruled-otherwise', count: 1, owner: world.program.organiser }]);
  });

  test('is not made by the power that only returns money', async () => {
    const { world, ada } = await reserved();
    const { log } = world.verifiers.feed;
    const instruction = { program: 'relief', act: 'settle', payment: `post.relief.${ada}`, attempt: 0 } as const;
    log.append(exceptionAfter(log, instruction, {}, 'return'));
    await world.epoch();
    await silent(world).step();
    expect(await stateOf(world, ada)).toBe('reserved');
  });

  test('is made by a decision of officers as by a case', async () => {
    const { world, ada } = await reserved();
    const { log } = world.verifiers.feed;
    const instruction = { program: 'relief', act: 'settle', payment: `post.relief.${ada}`, attempt: 0 } as const;
    log.append(exceptionAfter(log, instruction));
    await world.epoch();
    await silent(world).step();
    expect(await stateOf(world, ada)).toBe('carried');
  });
});

const database = await createTestDatabase();
const opened = await Promise.all([
  openDatabase({ url: database.url, schema: 'distributor_ruled', poolMax: 4 }),
  openDatabase({ url: database.url, schema: 'ledger_ruled', poolMax: 4 }),
]);
const [distributorTables, ledgerTables] = opened;
await migrate(distributorTables, distributorStoreMigrations);
await migrate(ledgerTables, ledgerStoreMigrations);
afterAll(async () => {
  for (const one of opened) await one[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const STORES = {
  'in memory': () => ({
    store: createDistributorStoreMemory(),
    ledgerStore: createLedgerStoreMemory(),
  }),
  'in PostgreSQL': () => ({
    store: createDistributorStorePostgres(distributorTables),
    ledgerStore: createLedgerStorePostgres(ledgerTables),
  }),
} as const;

describe('what is ruled is done once, killed at whatever call', () => {
  let programs = 0;

  /** One refused applicant is admitted and one payment returned, while the call of this number fails. */
  async function run(where: keyof typeof STORES, number: number, fault: Fault) {
    programs += 1;
    const id = `r-${where.length}-${programs}`;
    const faults = createFaults(new Map([[number, fault]]));
    const { store, ledgerStore } = STORES[where]();
    const ledgerClock = createPlatformClock();
    const world = await open(
      {},
      { id, ...ONLY_ADULTS },
      { store, ledgerClock, label: id, ledgerStore: faults.wrap(ledgerStore) },
    );
    const start = () => world.restart({ store: faults.wrap(store) });
    const apply = async (residentId: string) =>
      (await world.distributor.apply(id, world.sent(world.person(residentId)))).application;
    const [ada, bob] = [await apply('R-1'), await apply('R-2')];
    await silent(world).step();
    await ruleOn(ruledBy(world), 'admit', { of: 'application', program: id, digest: ada });
    await ruleOn(ruledBy(world), 'return', { of: 'payment', program: id, digest: instructionOn(id, bob, 'cancel') });
    faults.arm();
    let distributor = start();
    for (let i = 0; i < 6; i += 1) {
      const before = world.events.length;
      await distributor.step();
      if (world.events.length > before) distributor = start();
      await world.epoch();
    }
    faults.disarm();
    const { payments } = await world.distributor.find(id);
    const [budget] = await world.ledger.readAccounts([`program.${id}` as never]);
    const left = budget && budget.creditsPosted - budget.debitsPosted;
    return { calls: faults.calls, outcome: { payments, left, holds: (await world.ledger.audit()).holds } };
  }

  test.each(['in memory', 'in PostgreSQL'] as const)('%s', async (where) => {
    const done = {
      payments: { carried: { count: 1, total: 100n }, voided: { count: 1, total: 100n } },
      left: 900n,
      holds: true,
    };
    const { calls, outcome } = await run(where, 0, 'lost');
    expect(outcome).toEqual(done);
    const writes = calls.flatMap((name, i) => (name.startsWith('read') || name.startsWith('sum') ? [] : [i + 1]));
    expect(calls).toContain('readmit');
    for (const [i, number] of writes.entries()) {
      const faults = where === 'in memory' ? (['lost', 'unheard'] as const) : ([i % 2 ? 'lost' : 'unheard'] as const);
      for (const fault of faults)
        expect({ number, fault, ...(await run(where, number, fault)).outcome }).toEqual({ number, fault, ...done });
    }
  });
});
