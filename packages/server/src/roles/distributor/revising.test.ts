import { type Program, parseAcknowledgement } from '@holdfast/core';
import { checkResult } from '@holdfast/core/program';
import { createPlatformClock } from '@holdfast/verifier';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256Base64url } from '../../../../core/src/encoding/bytes.ts';
import { HOUR_MS, revisingRules, revisionAfter } from '../../../../core/test/test-revision.ts';
import {
  type Applicant,
  createDistributorWorld,
  type DistributorWorld,
  type DistributorWorldOptions,
} from '../../../test/distributor-world.ts';
import { createFaults } from '../../../test/faults.ts';
import { createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from '../../adapters/postgres/database.ts';
import {
  createDistributorStorePostgres,
  distributorStoreMigrations,
} from '../../adapters/postgres/distributor-store.ts';
import { createLedgerStorePostgres, ledgerStoreMigrations } from '../../adapters/postgres/ledger-store.ts';
import { migrate } from '../../adapters/postgres/migration.ts';
import type { Verification } from '../../ports/verification.ts';

/** Credentials and presentations are good for minutes here. */
const STEP_MS = 5000;

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function open(changes: Partial<Program> = {}, options: DistributorWorldOptions = {}): Promise<DistributorWorld> {
  const world = await createDistributorWorld({
    ...options,
    rules: (signatures) => revisingRules(signatures, STEP_MS),
    program: (program) => ({
      ...program,
      window: { ...program.window, closesAt: program.window.opensAt + 24 * STEP_MS },
      ...changes,
    }),
  });
  worlds.push(world);
  return world;
}

/** Officers announce it, and its notice runs out. */
async function revise(world: DistributorWorld, changes: Partial<Program>): Promise<void> {
  const { log } = world.verifiers.feed;
  const effectiveAt = log.state.time + 5 * STEP_MS;
  expect(log.append(revisionAfter(log, changes, { effectiveAt })).ok).toBe(true);
  await world.epoch(effectiveAt);
  expect(world.record().program).toMatchObject(changes);
}

async function apply(world: DistributorWorld, person: Applicant) {
  const sent = world.sent(person);
  const { application, acknowledgement } = await world.distributor.apply('relief', sent);
  return { sent, application, acknowledgement };
}

const outcomeOf = async (world: DistributorWorld, application: string) => {
  const { state, code, payment } = await world.distributor.application('relief', application);
  return code ?? (payment === undefined ? state : `${payment.state} ${payment.amount}`);
};

async function balance(world: DistributorWorld, id: string): Promise<bigint> {
  const [account] = await world.ledger.readAccounts([id as never]);
  return account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
}

const only = (...names: readonly string[]) => names.map((name) => `claims.resident_id == "${name}"`).join(' || ');

describe('whoever applied before a program changed', () => {
  test('is judged by the rules they applied under where the new ones leave them out, and so is nobody after', async () => {
    const world = await open();
    const ada = await apply(world, world.person('ada'));
    await revise(world, { eligibility: only('carl') });
    const bob = await apply(world, world.person('bob'));
    const carl = await apply(world, world.person('carl'));
    await world.close();
    // As after a crash: who applied under what is in what was signed, not in what is remembered.
    await world.work(world.restart());
    expect([await outcomeOf(world, ada.application), await outcomeOf(world, carl.application)]).toEqual([
      'carried 100',
      'carried 100',
    ]);
    expect(await outcomeOf(world, bob.application)).toBe('application.not_eligible');
  });

  test('is admitted by the new rules where the old ones left them out, and gets what those give, unasked', async () => {
    const world = await open({ eligibility: only('bob') });
    const ada = await apply(world, world.person('ada'));
    const bob = await apply(world, world.person('bob'));
    await revise(world, { eligibility: 'true', allocation: { mode: 'sealed', rule: 'equal-capped', cap: '250' } });
    await world.close();
    await world.work();
    for (const { application } of [ada, bob]) expect(await outcomeOf(world, application)).toBe('carried 250');
  });

  test('keeps a higher cap, and whoever comes later has the lower one', async () => {
    const world = await open();
    const ada = await apply(world, world.person('ada'));
    await revise(world, { allocation: { mode: 'sealed', rule: 'equal-capped', cap: '40' } });
    const bob = await apply(world, world.person('bob'));
    await world.close();
    await world.work();
    for (const [one, amount] of [
      [ada, 100n],
      [bob, 40n],
    ] as const) {
      expect(await outcomeOf(world, one.application)).toBe(`carried ${amount}`);
      const { sent, acknowledgement } = one;
      const { acknowledgement: content } = parseAcknowledgement(acknowledgement);
      const proof = await world.distributor.proof('relief', one.application);
      const own = { application: sent.application, presented: sha256Base64url(sent.presentation) };
      const signed = { acknowledgement: { content, isSigned: true } };
      const files = { ...own, ...signed, intake: proof.intake, seal: proof.seal } as object;
      const question = { record: world.record(), time: world.verifiers.feed.log.state.time, ...files };
      expect(checkResult(question as Parameters<typeof checkResult>[0])).toMatchObject({ outcome: 'entitled', amount });
    }
  });

  test('counts once, under whatever rules they apply again', async () => {
    const world = await open();
    const person = world.person('ada');
    const first = await apply(world, person);
    await revise(world, { title: 'Relief for all' });
    const second = await apply(world, person);
    await world.close();
    await world.work();
    const outcomes = [await outcomeOf(world, first.application), await outcomeOf(world, second.application)];
    expect(outcomes.sort()).toEqual(['application.duplicate_person', 'carried 100']);
  });

  test('is told the same acknowledgement again, which names the rules; and nobody new applies by those', async () => {
    const world = await open();
    const { digest } = world.record();
    const ada = await apply(world, world.person('ada'));
    const late = world.sent(world.person('bob'));
    await revise(world, { assurance: 'high' });
    const again = await world.distributor.apply('relief', ada.sent);
    expect(again).toMatchObject({ acknowledgement: ada.acknowledgement, isRepeat: true });
    expect(parseAcknowledgement(ada.acknowledgement).acknowledgement.program).toBe(digest);
    await expect(world.distributor.apply('relief', late)).rejects.toMatchObject({
      code: 'application.other-program',
      details: { program: world.record().digest },
    });
    const bob = await apply(world, world.person('bob'));
    expect(parseAcknowledgement(bob.acknowledgement).acknowledgement.program).toBe(world.record().digest);
  });
});

describe('in a program that pays at once', () => {
  const instant = (amount: string, maxRecipients = 10) =>
    ({ allocation: { mode: 'instant', amount, maxRecipients } }) as const;

  test('each gets what was promised when they applied, also who is judged only afterwards', async () => {
    let isAway = true;
    const verification = (verifier: Verification): Verification => ({
      ...verifier,
      verify: (question) => (isAway ? Promise.reject(new Error('absent')) : verifier.verify(question)),
    });
    const world = await open(instant('100'), { verification });
    const ada = await apply(world, world.person('ada'));
    await revise(world, instant('30'));
    const bob = await apply(world, world.person('bob'));
    isAway = false;
    await world.work(world.restart(), 2);
    expect([await outcomeOf(world, ada.application), await outcomeOf(world, bob.application)]).toEqual([
      'carried 100',
      'carried 30',
    ]);
    await world.close();
    await world.work();
    await world.epoch(world.verifiers.clock.now() + 3 * HOUR_MS);
    await world.work(world.distributor, 2);
    expect([await balance(world, 'program.relief'), await balance(world, 'treasury.EUR')]).toEqual([0n, -130n]);
  });

  test('a higher budget is in the ledger once, and what is left of it goes back', async () => {
    const world = await open(instant('100'));
    await world.work(world.distributor, 1);
    expect(await balance(world, 'program.relief')).toBe(1000n);
    await revise(world, { ...instant('150'), budget: '1500' });
    await world.work(world.distributor, 1);
    await world.work(world.restart(), 1);
    expect(await balance(world, 'program.relief')).toBe(1500n);
    const ada = await apply(world, world.person('ada'));
    await world.work(world.distributor, 2);
    expect(await outcomeOf(world, ada.application)).toBe('carried 150');
    await world.close();
    await world.work();
    await world.epoch(world.verifiers.clock.now() + 3 * HOUR_MS);
    await world.work(world.distributor, 2);
    expect([await balance(world, 'program.relief'), await balance(world, 'treasury.EUR')]).toEqual([0n, -150n]);
    expect(world.events).toEqual([]);
  });
});

test('in PostgreSQL, by a distributor that dies again and again, each is paid once by the rules that they are owed', async () => {
  await using database = await createTestDatabase();
  await using own = await openDatabase({ url: database.url, schema: 'distributor_revised', poolMax: 4 });
  await using ledger = await openDatabase({ url: database.url, schema: 'ledger_revised', poolMax: 4 });
  await migrate(own, distributorStoreMigrations);
  await migrate(ledger, ledgerStoreMigrations);
  const store = createDistributorStorePostgres(own);
  const ledgerStore = createLedgerStorePostgres(ledger);
  const world = await open({}, { store, ledgerStore, ledgerClock: createPlatformClock() });
  const ada = await apply(world, world.person('ada'));
  const eve = await apply(world, world.person('eve'));
  await revise(world, {
    eligibility: only('ada', 'bob'),
    allocation: { mode: 'sealed', rule: 'equal-capped', cap: '250' },
  });
  const bob = await apply(world, world.person('bob'));
  const carl = await apply(world, world.person('carl'));
  await world.close();
  const calls = Array.from({ length: 12 }, (_, i) => [13 * i + 3, i % 2 === 0 ? 'lost' : 'unheard'] as const);
  const faults = createFaults(new Map(calls));
  faults.arm();
  for (let life = 0; life < 10; life += 1) {
    await world.restart({ store: faults.wrap(store) }).step();
    await world.epoch();
  }
  faults.disarm();
  await world.work(world.restart(), 3);
  const outcomes = await Promise.all([ada, eve, bob, carl].map(({ application }) => outcomeOf(world, application)));
  // Whoever had applied before has the better of both rules: eve by the first, ada by what the second gives.
  expect(outcomes).toEqual(['carried 250', 'carried 100', 'carried 250', 'application.not_eligible']);
  expect((await world.distributor.find('relief')).payments).toEqual({ carried: { count: 3, total: 600n } });
  expect(faults.calls.length).toBeGreaterThan(30);
});
