import { encodeAttemptId, payoutTransfer, settlementLineId } from '@holdfast/core';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { createTestDatabase } from '../../../test/test-database.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createSettlementRailMemory, type MemoryRail } from '../../adapters/memory/settlement-rail.ts';
import { createSettlementStoreMemory } from '../../adapters/memory/settlement-store.ts';
import { openDatabase } from '../../adapters/postgres/database.ts';
import { migrate } from '../../adapters/postgres/migration.ts';
import { createSettlementStorePostgres } from '../../adapters/postgres/settlement-store.ts';
import { type SettlementTables, settlementStoreMigrations } from '../../adapters/postgres/settlement-tables.ts';
import type { SettlementStore } from '../../ports/settlement-store.ts';
import type { Distributor } from './distributor.ts';
import { createSettling } from './settling/settling.ts';

const HOUR_MS = 3_600_000;
// The example of the IBAN registry for Germany.
const DESTINATION = { kind: 'iban', iban: 'DE89370400440532013000' } as const;

const database = await createTestDatabase();
const tables = await openDatabase<SettlementTables>({ url: database.url, schema: 'leaving', poolMax: 2 });
await migrate(tables, settlementStoreMigrations);
afterAll(async () => {
  await tables[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

type Bank = { readonly world: DistributorWorld; readonly distributor: Distributor; readonly rail: MemoryRail };

async function open(store: SettlementStore, rail: MemoryRail): Promise<Bank> {
  const world = await createDistributorWorld({
    program: (program) => ({ ...program, destinations: ['iban'], appealMs: HOUR_MS }),
  });
  worlds.push(world);
  const { clock } = world.verifiers;
  const settling = createSettling({ clock, store, sealer: createMemorySealer(), rails: [rail] });
  return { world, distributor: world.restart({ settling }), rail };
}

async function payOne({ world, distributor }: Bank): Promise<string> {
  const sent = world.sent(world.person(), { destination: DESTINATION });
  const { application } = await distributor.apply('relief', sent);
  await world.close();
  await world.work(distributor);
  return settlementLineId(payoutTransfer('relief', application));
}

async function endProgram({ world, distributor }: Bank): Promise<void> {
  await world.epoch((world.record().sealedAt?.time ?? 0) + HOUR_MS);
  await world.work(distributor, 2);
}

describe('where money went', () => {
  test.each([
    ['in memory', createSettlementStoreMemory],
    ['in PostgreSQL', () => createSettlementStorePostgres(tables)],
  ])('is forgotten once it has arrived and nobody can appeal any more: %s', async (_name, createStore) => {
    const store = createStore();
    const bank = await open(store, createSettlementRailMemory({ id: 'bank', kinds: ['iban'], answers: () => [] }));
    const { world, distributor, rail } = bank;
    const line = await payOne(bank);
    const isKept = async () => (await store.read([line]))[0]?.sealed !== undefined;
    await distributor.settle();
    await endProgram(bank);
    // The bank has not answered: it may have to be paid again.
    expect(await isKept()).toBe(true);
    rail.say({ lineId: encodeAttemptId(line, 1), outcome: 'accepted' });
    await distributor.settle();
    await world.epoch(world.verifiers.clock.now() + HOUR_MS);
    await world.work(distributor, 1);
    expect(await isKept()).toBe(false);
    expect((await store.read([line]))[0]?.amount).toBe(100n);
  });

  test('is kept while people can appeal', async () => {
    const store = createSettlementStoreMemory();
    const answers = () => [{ outcome: 'accepted' as const }];
    const bank = await open(store, createSettlementRailMemory({ id: 'bank', kinds: ['iban'], answers }));
    const line = await payOne(bank);
    await bank.distributor.settle();
    await bank.world.epoch((bank.world.record().sealedAt?.time ?? 0) + HOUR_MS - 5000);
    await bank.world.work(bank.distributor, 1);
    expect((await store.read([line]))[0]?.sealed).toBeDefined();
  });

  test('and is forgotten is not paid again, whatever the bank says later', async () => {
    const store = createSettlementStoreMemory();
    const answers = () => [{ outcome: 'accepted' as const }];
    const bank = await open(store, createSettlementRailMemory({ id: 'bank', kinds: ['iban'], answers }));
    const { world, distributor, rail } = bank;
    const line = await payOne(bank);
    await distributor.settle();
    await endProgram(bank);
    expect((await store.read([line]))[0]?.sealed).toBeUndefined();
    rail.say({ lineId: encodeAttemptId(line, 1), outcome: 'rejected' });
    await distributor.settle();
    const settling = createSettling({
      clock: world.verifiers.clock,
      store,
      sealer: createMemorySealer(),
      rails: [rail],
    });
    const transfer = (await store.read([line]))[0]?.transferId ?? '';
    expect((await settling.rule(transfer, 1, 'rejected', 'd'.repeat(43))).state).toBe('rejected');
    await expect(settling.retry(transfer, { decision: 'e'.repeat(43), attempt: 1 })).rejects.toMatchObject({
      code: 'settlement.erased',
    });
  });
});

test('a rail that refuses a payment is asked ever more rarely, and told of at 1, 2, 4, 8', async () => {
  const rail = createSettlementRailMemory({ id: 'bank', kinds: ['iban'], answers: () => [] });
  let asked = 0;
  let isMended = false;
  const refusing: MemoryRail = {
    ...rail,
    check(line) {
      // An amount of the program's cap is asked about before anybody is taken in.
      if (line.transferId.startsWith('reach.') || isMended) return rail.check(line);
      asked += 1;
      return { code: 'settlement.amount', message: 'Not this one.' };
    },
  };
  const bank = await open(createSettlementStoreMemory(), refusing);
  await payOne(bank);
  const { world, distributor } = bank;
  for (let i = 0; i < 100; i += 1) {
    await world.verifiers.clock.advance(1000);
    await distributor.step();
  }
  const told = world.events.filter(({ code }) => code === 'settlement.amount').length;
  expect(asked).toBeLessThan(15);
  expect(told).toBeLessThanOrEqual(4);
  expect(told).toBeGreaterThan(0);
  isMended = true;
  await world.verifiers.clock.advance(60_000);
  await distributor.step();
  expect((await distributor.find('relief')).payments.carried?.count).toBe(1);
});
